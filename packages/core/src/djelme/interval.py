"""Intervals of the calendar, in UTC, to count records by."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("INTERVALS", "Interval")

_UTC = datetime.timezone.utc
_FIRST = datetime.datetime.min.replace(tzinfo=_UTC)
_LAST = datetime.datetime.max.replace(tzinfo=_UTC)
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Interval:
    """An interval of the calendar.

    Attributes:
        name: as Elasticsearch calls it.
        months: its length in months; 0 for one with a length in time.
        length: its length in time.
    """

    name: str
    months: int = 0
    length: datetime.timedelta = datetime.timedelta()

    def floor(self, moment: datetime.datetime) -> datetime.datetime:
        """Return the first moment of the period that holds a moment given in UTC.

        >>> INTERVALS["week"].floor(datetime.datetime(2026, 11, 25, tzinfo=_UTC)).isoformat()
        '2026-11-23T00:00:00+00:00'
        """
        if self.months:
            first = self._ordinal(moment) * self.months
            year, month = divmod(first, _MONTHS_A_YEAR)
            return datetime.datetime(year + 1, month + 1, 1, tzinfo=_UTC)
        # The first day of all is a Monday, as weeks want it.
        return moment - (moment - _FIRST) % self.length

    def next(self, start: datetime.datetime) -> datetime.datetime:
        """Return the first moment after the period that begins at `start`.

        After the last period of all: the last representable moment.
        """
        try:
            if self.months:
                first = (self._ordinal(start) + 1) * self.months
                year, month = divmod(first, _MONTHS_A_YEAR)
                return datetime.datetime(year + 1, month + 1, 1, tzinfo=_UTC)
            return start + self.length
        except (OverflowError, ValueError):
            return _LAST

    def count(self, start: datetime.datetime, end: datetime.datetime) -> int:
        """Return how many periods a range of time touches.

        Args:
            start: its first moment, in UTC.
            end: the first moment after it; none are touched if that isn't later.
        """
        if end <= start:
            return 0
        last = end - datetime.datetime.resolution
        if self.months:
            return self._ordinal(last) - self._ordinal(start) + 1
        return (last - _FIRST) // self.length - (start - _FIRST) // self.length + 1

    def each(self, start: datetime.datetime, end: datetime.datetime) -> Iterator[datetime.datetime]:
        """Yield the first moments of the periods that a range of time touches, in order.

        >>> start = datetime.datetime(2026, 11, 15, tzinfo=_UTC)
        >>> end = datetime.datetime(2027, 1, 1, tzinfo=_UTC)
        >>> [f"{moment:%Y-%m}" for moment in INTERVALS["month"].each(start, end)]
        ['2026-11', '2026-12']
        """
        if start >= end:
            return
        moment = self.floor(start)
        while moment < end:
            yield moment
            moment = self.next(moment)

    def _ordinal(self, moment: datetime.datetime) -> int:
        return ((moment.year - 1) * _MONTHS_A_YEAR + moment.month - 1) // self.months


#: The intervals by name, longest first.
INTERVALS = {
    interval.name: interval
    for interval in (
        Interval("year", months=12),
        Interval("quarter", months=3),
        Interval("month", months=1),
        Interval("week", length=datetime.timedelta(weeks=1)),
        Interval("day", length=datetime.timedelta(days=1)),
        Interval("hour", length=datetime.timedelta(hours=1)),
        Interval("minute", length=datetime.timedelta(minutes=1)),
    )
}
