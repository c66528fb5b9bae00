"""Remember since when things wait, without a note for each one."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("AgeMarks",)

#: How exact ages are: in seconds, and as a part of the oldest one.
_RESOLUTION = 0.05
_PART = 0.01


class AgeMarks:
    """Since when the positions of a growing sequence wait.

    Args:
        clock: seconds of a clock that never jumps.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._marks: deque[tuple[int, float]] = deque()
        self._next = float("-inf")

    def mark(self, position: int, age: float = 0.0) -> None:
        """Note that what is at a position begins to wait.

        Args:
            position: of a thing that is added; grows with each one.
            age: how long it has been waiting already, in seconds.
        """
        now = self._clock()
        if now >= self._next:
            self._marks.append((position, now - age))
            self._next = now + max(_RESOLUTION, (now - self._marks[0][1]) * _PART)

    def forget(self, position: int) -> None:
        """Forget everything before a position; for one thread at a time."""
        marks = self._marks
        # What is at the position is at most as old as the last mark up to it.
        while len(marks) > 1 and marks[1][0] <= position:
            marks.popleft()

    def oldest(self, position: int) -> float:
        """Return how long a position has been waiting, in seconds; 0 if that isn't known."""
        since = None
        for marked, moment in self._marks.copy():
            if since is not None and marked > position:
                break
            since = moment
        return 0.0 if since is None else max(0.0, self._clock() - since)
