"""Periods of time by which both sides are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djelme.timedepth import Timedepth
from djelme.timeparts import serialize_timeparts
from elasticsearch_metrics.migration.time_slice import TimeSlice

if TYPE_CHECKING:
    import datetime

    from elasticsearch_metrics.migration.time_slice import Interval

__all__ = ("name_of", "periods")

#: Most rows of a table that people still read.
_MOST_ROWS = 60


def periods(whole: Interval, depth: Timedepth) -> list[tuple[str, TimeSlice]]:
    """Return names and parts of time that together cover an interval.

    Args:
        whole: first moment and the one after the last, in UTC.
        depth: length of a period; a longer one is taken where there would be too many.
    """
    start, end = whole
    while True:
        found: list[tuple[str, TimeSlice]] = []
        moment = depth.floor(start)
        while moment < end and len(found) <= _MOST_ROWS:
            following = depth.next(moment)
            part = TimeSlice(max(moment, start), min(following, end))
            found.append((name_of(moment, depth), part))
            moment = following
        if len(found) <= _MOST_ROWS or depth is Timedepth.YEARLY:
            while moment < end:
                following = depth.next(moment)
                found.append((name_of(moment, depth), TimeSlice(moment, min(following, end))))
                moment = following
            return found
        depth = Timedepth(depth - 1)


def name_of(moment: datetime.datetime, depth: Timedepth) -> str:
    """Return how a period is named: as in names of indexes."""
    parts = (moment.year, moment.month, moment.day, moment.hour)
    return serialize_timeparts(parts[:depth])
