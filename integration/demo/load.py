"""Load the flights."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from demo.bar import ProgressBar
from demo.dataset import each_flight
from demo.flights.metrics import Flight

if TYPE_CHECKING:
    from typing import TextIO

    from djelme.bulk import BulkResult

__all__ = ("Load", "load_flights")

#: Requests at a time: while Elasticsearch works on one, the next is on its way.
SENDERS = 2


@dataclass(frozen=True)
class Load:
    """How a load went.

    Attributes:
        created: records that are new.
        existing: records that were there already.
        seconds: how long it took, reading the file included.
    """

    created: int
    existing: int
    seconds: float

    @property
    def rate(self) -> float:
        """Records per second."""
        return (self.created + self.existing) / self.seconds


def load_flights(count: int, stream: TextIO, first: int | None = None) -> Load:
    """Load flights of the data set, showing a bar, and make them visible to searches.

    Args:
        count: how many, spread over the year.
        stream: where to show the bar.
        first: how many of those to load; None for all.

    Raises:
        djelme.errors.DjelmeError: if Elasticsearch can't be reached or refuses a record.
    """
    bar = ProgressBar(count if first is None else first, stream)

    def show(result: BulkResult) -> None:
        bar.update(result.stored)

    started = time.monotonic()
    try:
        result = Flight.bulk_record(
            islice(each_flight(count), first), senders=SENDERS, progress=show
        )
    finally:
        bar.close()
    seconds = time.monotonic() - started
    Flight.refresh()
    return Load(result.created, result.existing, seconds)
