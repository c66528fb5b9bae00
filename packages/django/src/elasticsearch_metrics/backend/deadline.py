"""Bound how long somebody who waits for a page waits for clusters altogether.

Clients wait and retry for as long as their options say, which may be minutes: right for a job in
the background, wrong for a person. Within `answered_within`, requests of backends are sent once,
and all of them together get no more time than was given. Searches of the DSLs, which go to the
clients directly, know nothing of it.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from djelme.errors import BackendUnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("allowed_time", "answered_within", "deadline")

#: When it is over, in seconds of the monotonic clock; None for no bound.
deadline: ContextVar[float | None] = ContextVar("djelme_deadline", default=None)


@contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    """Give the requests of the block so much time together, and no retries.

    A block within another one ends with it at the latest. Threads that are started in the block
    have no bound.
    """
    ends, outer = time.monotonic() + seconds, deadline.get()
    token = deadline.set(ends if outer is None else min(ends, outer))
    try:
        yield
    finally:
        deadline.reset(token)


def allowed_time(backend: str, timeout: float | None) -> float | None:
    """Return how long a request may take, in seconds; None for the client's own time.

    Args:
        backend: name of the backend that is asked.
        timeout: what the caller gives it.

    Raises:
        djelme.errors.BackendUnreachableError: if no time is left.
    """
    ends = deadline.get()
    if ends is None:
        return timeout
    left = ends - time.monotonic()
    if left <= 0:
        raise BackendUnreachableError(backend=backend, reason="its answers took too long")
    return left if timeout is None else min(left, timeout)
