"""Parts of an index by time, small enough to be copied again without harm."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.timeparts import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = (
    "MILLISECOND",
    "SLICE_DOCUMENTS",
    "TimeSlice",
    "divide",
    "merge",
    "subtract",
    "time_query",
)

MILLISECOND = datetime.timedelta(milliseconds=1)
#: Most documents of a slice: what an interruption makes to be copied again, and what a comparison
#: holds in memory.
SLICE_DOCUMENTS = 20_000
#: Half-open, in UTC.
Interval = tuple[datetime.datetime, datetime.datetime]


@dataclass(frozen=True)
class TimeSlice:
    """Documents of one range of time; or those without a time, which may be all.

    Attributes:
        start: first moment, in UTC; None for the documents without a time.
        end: first moment after it; None together with `start`.
    """

    start: datetime.datetime | None = None
    end: datetime.datetime | None = None

    @property
    def interval(self) -> Interval | None:
        """The range of time; None for the documents without one."""
        return None if self.start is None or self.end is None else (self.start, self.end)

    def query(self, field: str | None) -> dict[str, Any]:
        """Return the query for it.

        Args:
            field: name of the field with the time; None where there is none.
        """
        if field is None:
            return {"match_all": {}} if self.interval is None else {"match_none": {}}
        if self.interval is None:
            return {"bool": {"must_not": [{"exists": {"field": field}}]}}
        return time_query(field, *self.interval)

    def contains(self, values: Mapping[str, Any], field: str | None) -> bool:
        """Return whether a document with these values is a part of it."""
        moment = None if field is None else values.get(field)
        interval = self.interval
        if not isinstance(moment, datetime.datetime) or interval is None:
            return moment is None and interval is None
        return interval[0] <= moment < interval[1]


def time_query(
    field: str, start: datetime.datetime | None, end: datetime.datetime | None
) -> dict[str, Any]:
    """Return the query for a half-open range of time."""
    # Without the format, that of the field would be expected, whatever it is.
    bounds = {"format": "strict_date_optional_time"}
    if start is not None:
        bounds["gte"] = format_timestamp(start)
    if end is not None:
        bounds["lt"] = format_timestamp(end)
    return {"range": {field: bounds}}


def divide(
    start: datetime.datetime,
    end: datetime.datetime,
    count: Callable[[TimeSlice], int],
    most: int,
) -> Iterator[tuple[TimeSlice, int]]:
    """Yield parts of a range with at most so many documents each, in order, and their counts.

    A single millisecond isn't divided. Ranges without documents are left out, except where they
    were counted together with others.

    Args:
        start: first moment.
        end: first moment after it.
        count: counts the documents of a part.
        most: most documents of a part.
    """
    part = TimeSlice(start, end)
    found = count(part)
    if not found:
        return
    length = end - start
    if found <= most or length <= MILLISECOND:
        yield part, found
        return
    half = datetime.timedelta(milliseconds=length // MILLISECOND // 2)
    middle = start + max(half, MILLISECOND)
    yield from divide(start, middle, count, most)
    yield from divide(middle, end, count, most)


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same time as few intervals in order."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def subtract(whole: Interval, done: Sequence[Interval]) -> list[Interval]:
    """Return what is left of an interval without others, which are merged."""
    left = []
    start, end = whole
    for done_start, done_end in done:
        if done_end <= start or done_start >= end:
            continue
        if done_start > start:
            left.append((start, done_start))
        start = max(start, done_end)
    if start < end:
        left.append((start, end))
    return left
