"""How the records of a backend get there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from djelme.delivery.store import Store
    from djelme.operation import Operation, Outcome

__all__ = ("Delivery", "DeliveryStats", "DirectDelivery")


@dataclass(frozen=True)
class DeliveryStats:
    """What has become of the records that this process has submitted.

    Attributes:
        queued: records that wait in memory.
        sent: records that are in the backend. One whose answer was lost may count twice.
        spooled: records that wait in the spool, with those of processes that are gone.
        dead: records that the backend refused for good.
        dropped: records that were dropped, as there was no room.
        lag: how long the oldest waiting record has been waiting, in seconds.
        last_error: why records wait, empty if nothing is wrong.
    """

    queued: int = 0
    sent: int = 0
    spooled: int = 0
    dead: int = 0
    dropped: int = 0
    lag: float = 0.0
    last_error: str = ""


class Delivery(ABC):
    """Takes the records of one backend. Safe for threads, and usable after a fork.

    Attributes:
        is_direct: whether each record is in the backend when `submit` returns.
    """

    is_direct: ClassVar[bool] = False

    @abstractmethod
    def submit(self, operation: Operation) -> Outcome | None:
        """Take one record; return its outcome if that is known already, else None.

        Raises:
            djelme.errors.BackendError: if the backend can't be reached or refuses the record, and
                the record isn't kept to be sent later.
            djelme.errors.SpoolError: if the record can't be kept.
        """

    @abstractmethod
    def flush(self, timeout: float | None = None) -> bool:
        """Send what waits, and return whether nothing waits any more.

        Args:
            timeout: how long to wait for that, in seconds; None for ever.
        """

    @abstractmethod
    def stats(self) -> DeliveryStats:
        """Return counts of this process."""

    @abstractmethod
    def close(self, deadline: float | None = None) -> bool:
        """Send what waits, as far as there is time, and return whether nothing waits any more.

        What is left is kept in the spool where there is one.

        Args:
            deadline: how long to wait, in seconds; None for the configured time.
        """


class DirectDelivery(Delivery):
    """Stores each record before `submit` returns.

    Args:
        store: where to.
    """

    is_direct: ClassVar[bool] = True

    def __init__(self, store: Store) -> None:
        self._store = store.store
        self._sent = 0

    def submit(self, operation: Operation) -> Outcome:
        """Store one record and return its outcome.

        Raises:
            djelme.errors.BackendError: if the backend can't be reached or refuses the record.
        """
        outcome = self._store(operation)
        self._sent += 1
        return outcome

    def flush(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - nothing ever waits
        """Return True, as nothing ever waits."""
        return True

    def stats(self) -> DeliveryStats:
        """Return counts of this process."""
        return DeliveryStats(sent=self._sent)

    def close(self, deadline: float | None = None) -> bool:  # noqa: ARG002 - nothing ever waits
        """Return True, as nothing ever waits."""
        return True
