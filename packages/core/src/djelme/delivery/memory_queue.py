"""Hold operations in memory until they are sent: bounded, first in, first out."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from djelme import process
from djelme.delivery.age import AgeMarks

if TYPE_CHECKING:
    from djelme.operation import Operation

__all__ = ("MemoryQueue",)


class MemoryQueue:
    """A queue for many threads.

    Args:
        maximum: most operations in it. Threads that append at the same moment may exceed it by
            their number.
    """

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self._operations: deque[Operation] = deque()
        self._taking = process.Lock()
        self._taken = 0
        self._ages = AgeMarks()

    def __len__(self) -> int:
        return len(self._operations)

    def append(self, operation: Operation) -> int:
        """Add an operation; return how many there are now, 0 if there is no room."""
        operations = self._operations
        length = len(operations)
        if length >= self.maximum:
            return 0
        operations.append(operation)
        self._ages.mark(self._taken + length)
        return len(operations) or 1  # it may be on its way already

    def take(self, most: int, max_bytes: int) -> list[Operation]:
        """Remove and return the oldest operations.

        Args:
            most: how many at most.
            max_bytes: most bytes of their lines, except that there is at least one.
        """
        with self._taking.held:
            taken: list[Operation] = []
            size = 0
            operations = self._operations
            while operations and len(taken) < most:
                size += len(operations[0].lines)
                if taken and size > max_bytes:
                    break
                taken.append(operations.popleft())
            self._taken += len(taken)
            self._ages.forget(self._taken)
        return taken

    def put_back(self, operations: list[Operation]) -> None:
        """Return operations that were just taken to where they were."""
        with self._taking.held:
            self._operations.extendleft(reversed(operations))
            self._taken -= len(operations)

    def age(self) -> float:
        """Return how long the oldest operation has been here, in seconds; 0 if there is none."""
        return self._ages.oldest(self._taken) if self._operations else 0.0
