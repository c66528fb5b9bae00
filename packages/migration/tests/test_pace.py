"""How fast is copied, and for how long requests are retried."""

from __future__ import annotations

import pytest

from djelme.errors import BackendRefusedError, BackendUnreachableError
from elasticsearch_metrics.migration.pace import RetryBudget, StoppedError, Throttle

AWAY = BackendUnreachableError(backend="new", reason="no answer")


def test_a_rate_spreads_documents_over_time() -> None:
    throttle = Throttle(10.0)
    throttle.delay(50)
    assert 4.0 < throttle.delay(1) <= 5.0


def test_without_a_rate_nobody_waits() -> None:
    throttle = Throttle(None)
    assert (throttle.delay(10**9), throttle.delay(1)) == (0.0, 0.0)


def test_an_action_is_retried_until_it_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    retry = RetryBudget(60.0)
    waited: list[str] = []
    monkeypatch.setattr(retry, "back_off", lambda _: waited.append(retry.last_error))
    failures = [AWAY, AWAY]

    def action() -> str:
        if failures:
            raise failures.pop()
        return "done"

    assert retry.attempt(action) == "done"
    assert waited == ["retrying backend 'new': no answer"] * 2
    assert not retry.last_error


@pytest.mark.parametrize(
    "error",
    [
        BackendRefusedError(backend="new", status=403, reason="not allowed"),
        BackendRefusedError(backend="new", status=404, reason="index_not_found_exception"),
    ],
)
def test_what_a_retry_doesnt_change_is_raised(error: BackendRefusedError) -> None:
    def action() -> None:
        raise error

    with pytest.raises(BackendRefusedError):
        RetryBudget(60.0).attempt(action)


def test_a_budget_that_is_spent_raises_the_last_error() -> None:
    def action() -> None:
        raise AWAY

    with pytest.raises(BackendUnreachableError):
        RetryBudget(0.0).attempt(action)


def test_work_that_was_stopped_doesnt_begin() -> None:
    retry = RetryBudget(60.0)
    retry.stopped.set()
    with pytest.raises(StoppedError):
        retry.attempt(lambda: None)
