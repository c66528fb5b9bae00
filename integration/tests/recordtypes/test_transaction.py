"""Records that are only stored if the database's transaction is, on a real cluster."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance import Site


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Use the database also where pytest-django is installed, which forbids it by default."""
    with contextlib.ExitStack() as stack:
        if request.config.pluginmanager.hasplugin("django"):
            stack.enter_context(request.getfixturevalue("django_db_blocker").unblock())
        yield


def test_only_what_was_committed_is_stored(site: Site) -> None:
    class Usage:
        item_id: int

    usage: Any = site.set_up(Usage)
    with transaction.atomic():
        kept = usage.record_on_commit(item_id=1)
        with contextlib.suppress(LookupError), transaction.atomic():
            usage.record_on_commit(item_id=2)
            raise LookupError
        with contextlib.suppress(LookupError), transaction.atomic():
            usage.record_on_commit(item_id=3)
    with contextlib.suppress(LookupError), transaction.atomic():
        usage.record_on_commit(item_id=4)
        raise LookupError
    usage.record_on_commit(item_id=5)
    usage.refresh()
    assert sorted(hit.item_id for hit in usage.search()) == [1, 3, 5]
    assert usage.get(kept.meta.id, index=kept.meta.index).timestamp == kept.timestamp
