from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djelme.delivery.batch import Batch
from djelme.delivery.retry import Backoff, PersistentRetryPolicy
from djelme.errors import BackendError, BackendRefusedError, BackendUnreachableError
from djelme.operation import Operation, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = PersistentRetryPolicy(backoff=Backoff(1.0, 8.0, random=lambda: 1.0))
AWAY = BackendUnreachableError(backend="main", reason="away")


def test_waits_longer_each_time(operation: Callable[..., Operation]) -> None:
    batch = Batch([operation(1)], POLICY)
    delays = []
    for _ in range(5):
        part = batch.next_part()
        assert part is not None
        delays.append(part.delay)
        batch.fail(part, AWAY)
    assert delays == [0.0, 1.0, 2.0, 4.0, 8.0]
    assert not batch.is_acknowledged
    assert batch.unacknowledged == [operation(1)]


def test_a_malformed_one_is_found(operation: Callable[..., Operation]) -> None:
    batch = Batch([operation(number) for number in range(7)], POLICY)
    requests = 0
    while (part := batch.next_part()) is not None:
        requests += 1
        if "5" in [item.id for item in part.operations]:
            batch.fail(part, BackendRefusedError(backend="main", status=400, reason="malformed"))
        else:
            batch.acknowledge(part, [Outcome(201)] * len(part.operations))
    assert [outcome.status for outcome in batch.acknowledged] == [201] * 5 + [400, 201]
    assert requests <= 7


def test_nothing_is_acknowledged_twice_after_an_answer_of_the_wrong_length(
    operation: Callable[..., Operation],
) -> None:
    batch = Batch([operation(1), operation(2)], POLICY)
    part = batch.next_part()
    assert part is not None
    with pytest.raises(ValueError, match="1 outcomes came for 2"):
        batch.acknowledge(part, [Outcome(201)])
    assert len(batch.unacknowledged) == 2


@given(st.data())
def test_every_operation_is_acknowledged_at_last(data: st.DataObject) -> None:
    """Whatever a server answers, each operation gets one outcome, and none is stored twice."""
    count = data.draw(st.integers(0, 12))
    operations = [
        Operation("things", str(number), b"{}", create=data.draw(st.booleans()))
        for number in range(count)
    ]
    policy = PersistentRetryPolicy(attempts=None, backoff=Backoff(0.0, 0.0))
    batch = Batch(operations, policy)
    stored: dict[str, int] = {}
    requests = 0
    while (part := batch.next_part()) is not None:
        requests += 1
        error: BackendError | None = None
        if requests < 20:
            error = data.draw(
                st.sampled_from(
                    [
                        None,
                        AWAY,
                        BackendRefusedError(backend="main", status=413, reason="too large"),
                        BackendRefusedError(backend="main", status=503, reason="busy"),
                    ]
                )
            )
        if error is not None:
            batch.fail(part, error)
            continue
        answers = []
        for item in part.operations:
            status = 201
            if requests < 20:
                status = data.draw(st.sampled_from([201, 400, 429, 503]))
            if status == 201:
                stored[item.id] = stored.get(item.id, 0) + 1
            answers.append(Outcome(status, None if status == 201 else "reason"))
        batch.acknowledge(part, answers)
    assert len(batch.acknowledged) == count
    for item, outcome in zip(operations, batch.acknowledged, strict=True):
        assert stored.get(item.id, 0) == (outcome.reason is None)
