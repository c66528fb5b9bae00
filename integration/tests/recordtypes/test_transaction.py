"""Records that are only stored if the database's transaction is, on a real cluster."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from djelme.errors import ConfigurationError

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


def test_an_overridden_save_is_called_at_the_commit(site: Site) -> None:
    base = site.imp.EventRecord
    calls: list[int] = []

    class Usage:
        item_id: int

        def save(self: Any, *args: Any, **kwargs: Any) -> Any:
            calls.append(self.item_id)
            return base.save(self, *args, **kwargs)

    usage: Any = site.set_up(Usage)
    with transaction.atomic():
        usage.record_on_commit(item_id=1)
        assert calls == []
    assert calls == [1]


@pytest.mark.parametrize("using", ["nope", "", 0, False])
def test_a_wrong_backend_is_an_error_at_once(site: Site, using: Any) -> None:
    class Usage:
        item_id: int

    usage: Any = site.set_up(Usage)
    with transaction.atomic(), pytest.raises(ConfigurationError, match="backend"):
        usage.record_on_commit(using=using, item_id=1)
