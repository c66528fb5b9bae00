from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djelme.delivery.retry import (
    Backoff,
    PersistentRetryPolicy,
    RetryAction,
    RetryDecision,
    RetryPolicy,
    is_answer_lost,
)
from djelme.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnreachableError,
    BackendVersionError,
)
from djelme.operation import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from djelme.operation import Operation


def test_backoff_doubles_up_to_its_bound() -> None:
    longest = Backoff(0.5, 30.0, random=lambda: 1.0)
    assert [longest.delay(attempt) for attempt in range(1, 9)] == [
        0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0,
    ]  # fmt: skip
    assert longest.delay(100_000) == 30.0
    assert Backoff(0.5, 30.0, random=lambda: 0.0).delay(5) == 0.0
    assert 0.0 <= Backoff(0.5, 30.0).delay(3) <= 2.0


STORED, RETRY, REFUSED = RetryDecision.STORED, RetryDecision.RETRY, RetryDecision.REFUSED


@pytest.mark.parametrize(
    ("status", "soon", "persistently"),
    [
        (400, REFUSED, REFUSED),
        (401, REFUSED, RETRY),
        (403, REFUSED, RETRY),
        (404, REFUSED, RETRY),
        (409, STORED, STORED),
        (413, REFUSED, REFUSED),
        (429, RETRY, RETRY),
        (500, REFUSED, RETRY),
        (502, RETRY, RETRY),
        (503, RETRY, RETRY),
        (504, RETRY, RETRY),
    ],
)
def test_decisions(
    status: int,
    soon: RetryDecision,
    persistently: RetryDecision,
    operation: Callable[..., Operation],
) -> None:
    outcome = Outcome(status, "reason")
    assert RetryPolicy().decide(operation(1), outcome) is soon
    assert PersistentRetryPolicy().decide(operation(1), outcome) is persistently


def test_a_conflict_of_a_replacement_is_refused(operation: Callable[..., Operation]) -> None:
    outcome = Outcome(409, "version conflict")
    assert RetryPolicy().decide(operation(1, create=False), outcome) is RetryDecision.REFUSED


def refused(status: int) -> BackendError:
    return BackendRefusedError(backend="main", status=status, reason="no")


AWAY = BackendUnreachableError(backend="main", reason="away")
WRONG_VERSION = BackendVersionError(
    backend="main", product="Elasticsearch", versions=("8", "9"), found="6.8.23"
)


@pytest.mark.parametrize(
    ("error", "is_lost"),
    [
        (BackendUnreachableError(backend="main", reason="away"), True),
        (WRONG_VERSION, False),  # nothing was sent
        (refused(400), False),
        (refused(502), True),
    ],
)
def test_answers_that_are_lost(error: BackendError, is_lost: bool) -> None:
    assert is_answer_lost(error) is is_lost


@pytest.mark.parametrize(
    ("error", "soon", "persistently"),
    [
        (AWAY, RetryAction.RETRY, RetryAction.RETRY),
        (WRONG_VERSION, RetryAction.RAISE, RetryAction.RETRY),
        (refused(400), RetryAction.RAISE, RetryAction.SPLIT),
        (refused(401), RetryAction.RAISE, RetryAction.RETRY),
        (refused(404), RetryAction.RAISE, RetryAction.RETRY),
        (refused(413), RetryAction.SPLIT, RetryAction.SPLIT),
        (refused(429), RetryAction.RETRY, RetryAction.RETRY),
        (refused(500), RetryAction.RAISE, RetryAction.RETRY),
        (refused(503), RetryAction.RETRY, RetryAction.RETRY),
    ],
)
def test_actions(error: BackendError, soon: RetryAction, persistently: RetryAction) -> None:
    assert RetryPolicy().action_for(error, attempt=1, size=1) is soon
    assert PersistentRetryPolicy().action_for(error, attempt=1, size=1) is persistently


def test_long_requests_without_an_answer_are_divided() -> None:
    error = BackendUnreachableError(backend="main", reason="timed out")
    policy = PersistentRetryPolicy()
    actions = [policy.action_for(error, attempt=attempt, size=2_000_000) for attempt in range(1, 7)]
    assert [action is RetryAction.DIVIDE for action in actions] == [
        False, False, True, False, False, True,
    ]  # fmt: skip
