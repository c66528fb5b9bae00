"""How fast documents are copied, and for how long requests that fail are retried."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

from djelme import process
from djelme.delivery.batch import Batch
from djelme.delivery.retry import Backoff, PersistentRetryPolicy
from djelme.errors import BackendError, BackendRefusedError, BackendUnreachableError
from djelme.log_field import log_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djelme.contracts import Backend
    from djelme.delivery.batch import Part
    from djelme.operation import Operation, Outcome

__all__ = ("RetryBudget", "StoppedError", "Throttle")

logger = logging.getLogger(__name__)

_Result = TypeVar("_Result")
_BACKOFF = Backoff(0.5, 15.0)
#: Statuses of whole requests that a retry doesn't change.
_PERMANENT = frozenset({400, 401, 403})


class StoppedError(Exception):
    """The work was ended elsewhere. Caught within this package."""


class Throttle:
    """Keeps several threads together below a rate.

    Args:
        rate: documents a second, None for no bound.
    """

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._lock = process.Lock()
        self._free_at = time.monotonic()

    def delay(self, documents: int) -> float:
        """Return how long to wait before sending some documents, in seconds, and count them."""
        if self._rate is None:
            return 0.0
        with self._lock.held:
            begin = max(self._free_at, time.monotonic())
            self._free_at = begin + documents / self._rate
        return begin - time.monotonic()


class RetryBudget:
    """Retries requests to clusters that push back or are away, for a limited time.

    Args:
        seconds: how long without any progress before giving up.
        rate: documents a second for all threads together, None for no bound.

    Attributes:
        stopped: set to end all waiting.
        last_error: what is being retried, in words; empty if nothing is.
    """

    def __init__(self, seconds: float, rate: float | None = None) -> None:
        self._seconds = seconds
        self._throttle = Throttle(rate)
        self.stopped = threading.Event()
        self.last_error = ""

    def attempt(self, action: Callable[..., _Result], *args: Any) -> _Result:
        """Return the result of an action, after as many attempts as it takes.

        Raises:
            djelme.errors.BackendError: the last one, if waiting doesn't help.
            StoppedError: if the work was ended.
        """
        began = time.monotonic()
        attempts = 0
        while True:
            self._check()
            try:
                result = action(*args)
            except BackendError as error:
                attempts += 1
                self._wait(error, attempts, began)
            else:
                self.last_error = ""
                return result

    def store(self, backend: Backend, operations: Sequence[Operation]) -> list[Outcome]:
        """Store documents; return an outcome each, with a reason for those that are refused.

        Raises:
            djelme.errors.BackendError: if waiting doesn't help.
            StoppedError: if the work was ended.
        """
        self.back_off(self._throttle.delay(len(operations)))
        batch = Batch(operations, PersistentRetryPolicy(backoff=_BACKOFF))
        began = time.monotonic()

        def wait(part: Part) -> None:
            error = BackendUnreachableError(backend=backend.name, reason=part.reason)
            self._wait(error, part.attempt - 1, began, delay=part.delay)

        def store_many(operations: Sequence[Operation]) -> Sequence[Outcome]:
            self._check()
            return backend.store_many(operations)

        batch.send(store_many, wait=wait)
        self.last_error = ""
        return batch.acknowledged

    def back_off(self, seconds: float) -> None:
        """Wait.

        Raises:
            StoppedError: if the work was ended meanwhile.
        """
        if seconds > 0:
            self.stopped.wait(seconds)
        self._check()

    def _wait(
        self, error: BackendError, attempts: int, began: float, *, delay: float | None = None
    ) -> None:
        waited = time.monotonic() - began
        is_permanent = isinstance(error, BackendRefusedError) and (
            error.status in _PERMANENT or "index_not_found" in error.reason
        )
        if is_permanent or waited > self._seconds:
            raise error
        if not self.last_error:
            logger.warning(
                "retrying backend %r: %s",
                error.backend,
                error.reason,
                extra=log_fields(backend=error.backend, reason=error.reason),
            )
        self.last_error = f"retrying backend {error.backend!r}: {error.reason}"
        self.back_off(_BACKOFF.delay(attempts) if delay is None else delay)

    def _check(self) -> None:
        if self.stopped.is_set():
            raise StoppedError
