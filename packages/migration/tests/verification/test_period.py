"""Periods of a table: they cover the time, and there are not too many."""

from __future__ import annotations

import datetime
import itertools

import pytest

from djelme.timedepth import Timedepth
from elasticsearch_metrics.migration.verification.period import periods

START = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    ("days", "depth", "first", "count"),
    [
        (10, Timedepth.DAILY, "2026.01.31", 11),
        (100, Timedepth.DAILY, "2026.01", 5),
        (1, Timedepth.HOURLY, "2026.01.31.12", 24),
        (10, Timedepth.HOURLY, "2026.01.31", 11),
        (10, Timedepth.YEARLY, "2026", 1),
        (365 * 80, Timedepth.MONTHLY, "2026", 81),
    ],
)
def test_periods(days: int, depth: Timedepth, first: str, count: int) -> None:
    end = START + datetime.timedelta(days=days)
    found = periods((START, end), depth)
    assert (found[0][0], len(found)) == (first, count)
    bounds = [part.interval for _, part in found]
    assert bounds[0] is not None
    assert bounds[-1] is not None
    assert (bounds[0][0], bounds[-1][1]) == (START, end)
    for one, other in itertools.pairwise(bounds):
        assert one is not None
        assert other is not None
        assert one[1] == other[0]
