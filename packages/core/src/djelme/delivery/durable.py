"""Deliver records from a spool, in which each is before `submit` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djelme.delivery.background import BackgroundDelivery
from djelme.errors import SpoolFullError

if TYPE_CHECKING:
    from djelme.operation import Operation

__all__ = ("DurableDelivery",)


class DurableDelivery(BackgroundDelivery):
    """Writes records to the spool before `submit` returns; the process may be killed then."""

    _collects_in_memory = False

    def submit(self, operation: Operation) -> None:
        """Take one record.

        Raises:
            SpoolFullError: if the spool has no room and ``djelme_spool_full`` is ``"raise"``.
            SpoolError: if the spool can't be written.
        """
        try:
            dropped = self._spool.append(operation.lines)
        except SpoolFullError as error:
            if self.options.spool_full == "raise":
                raise
            self._announcer.dropped([operation], error.reason)
        else:
            if dropped:
                self._announcer.dropped(dropped, "the spool is full")
        if self._spool.ready >= self._wake_at:
            self._wake()

    def _is_due_in_spool(self) -> bool:
        return self._is_due(*self._waiting())

    def _waiting(self) -> tuple[int, float]:
        return self._spool.ready, self._spool.ready_age
