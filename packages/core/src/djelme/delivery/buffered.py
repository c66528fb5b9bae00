"""Deliver records from memory, with a spool for what the backend doesn't take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djelme.delivery.background import BackgroundDelivery
from djelme.errors import SpoolError, SpoolFullError

if TYPE_CHECKING:
    from djelme.operation import Operation

__all__ = ("BufferedDelivery",)


class BufferedDelivery(BackgroundDelivery):
    """Takes records into memory. The spool takes what the backend doesn't.

    A process that is killed loses what it has in memory: what came within the batch delay, and at
    most as many records as the queue holds.
    """

    _collects_in_memory = True

    def submit(self, operation: Operation) -> None:
        """Take one record.

        Raises:
            SpoolFullError: if neither memory nor the spool has room and ``djelme_spool_full`` is
                ``"raise"``.
        """
        waiting = 0 if self._spools_first else self._queue.append(operation)
        if not waiting:
            self._overflow(operation)
            waiting = len(self._queue) + (self._spool.ready if self._spools_first else 0)
        if waiting >= self._wake_at:
            self._wake()

    def _overflow(self, operation: Operation) -> None:
        try:
            self._spill()
            self._keep([operation])
        except SpoolError as error:
            if self._spools_first and not self._is_closed and self._queue.append(operation):
                return
            reason = f"{len(self._queue):,} records are in memory and {error.reason}"
            if self.options.spool_full == "raise":
                raise SpoolFullError(
                    backend=error.backend, directory=error.directory, reason=reason
                ) from error
            if self.options.spool_full == "drop_old" and not self._spools_first:
                dropped = self._queue.take(1, 0)
                if self._queue.append(operation):
                    self._announcer.dropped(dropped, reason)
                    return
                (operation,) = dropped or (operation,)
            self._announcer.dropped([operation], reason)

    def _is_due_in_spool(self) -> bool:
        return self._spool.ready > 0

    def _waiting(self) -> tuple[int, float]:
        return len(self._queue), self._queue.age()
