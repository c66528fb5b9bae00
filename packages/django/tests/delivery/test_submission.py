from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from djelme.errors import BackendUnreachableError, IndexTemplateNotFoundError
from djelme.operation import Operation, Outcome
from elasticsearch_metrics.delivery import submission
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from elasticsearch_metrics.index.placement import Placement

OPERATION = Operation("shop_usage_2026.11.23", "id-1", b'{"item_id":7}')
OTHER = Operation("shop_usage_2026.11.23", "id-2", b'{"item_id":8}')


@pytest.fixture
def placement(make_type: Any) -> Placement:
    usage = make_type()
    usage.sync_index_template()
    return djelme_registry.placement(usage)


@pytest.fixture
def observed() -> Iterator[list[Operation]]:
    seen: list[Operation] = []

    def observe(_placement: Placement, operations: Sequence[Operation]) -> None:
        seen.extend(operations)

    submission.observers.append(observe)
    yield seen
    submission.observers.remove(observe)


def test_direct_delivery_says_what_became_of_it(
    placement: Placement, observed: list[Operation]
) -> None:
    assert submission.send(placement, OPERATION) == Outcome(201)
    assert observed == [OPERATION]


def test_what_was_not_accepted_is_not_observed(
    placement: Placement, observed: list[Operation]
) -> None:
    placement.backend.error = BackendUnreachableError(  # type: ignore[attr-defined]
        backend="main", reason="refused"
    )
    with pytest.raises(BackendUnreachableError):
        submission.send(placement, OPERATION)
    assert observed == []


def test_of_many_those_that_were_accepted_are_observed(
    placement: Placement, observed: list[Operation], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [Outcome(400, "no number"), Outcome(201)]
    monkeypatch.setattr(placement.backend, "store_many", lambda _operations: answers)
    assert submission.send_many(placement, [OPERATION, OTHER]) == answers
    assert observed == [OTHER]


def test_nothing_is_sent_for_a_type_that_is_not_set_up(make_type: Any) -> None:
    placement = djelme_registry.placement(make_type())
    for send in (
        lambda: submission.send(placement, OPERATION),
        lambda: submission.send_many(placement, [OPERATION]),
        lambda: asyncio.run(submission.asend(placement, OPERATION)),
        lambda: asyncio.run(submission.asend_many(placement, [OPERATION])),
    ):
        with pytest.raises(IndexTemplateNotFoundError, match="djelme_backend_setup"):
            send()
    assert "store" not in placement.backend.asked  # type: ignore[attr-defined]


def test_other_deliveries_wait_until_the_type_is_set_up(make_type: Any, tmp_path: Path) -> None:
    options = {"djelme_delivery": "durable", "djelme_spool_dir": str(tmp_path / "spool")}
    with override_settings(DJELME_BACKENDS={"main": {"djelme_fake_imp": options}}):
        djelme_registry.reset()
        placement = djelme_registry.placement(make_type())
        assert submission.send(placement, OPERATION) is None
        assert placement.backend.delivery.stats().spooled == 1
        placement.backend.delivery.close(0)
