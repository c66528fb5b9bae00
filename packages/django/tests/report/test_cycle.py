"""Cycles are half-open ranges of UTC."""

from __future__ import annotations

import datetime

import pytest

from djelme.timedepth import DAILY, HOURLY, MONTHLY, YEARLY
from elasticsearch_metrics.report.cycle import cycle_of, each_cycle

_UTC = datetime.timezone.utc


def test_a_moment_belongs_to_one_cycle() -> None:
    moment = datetime.datetime(2024, 2, 29, 23, 59, 59, 999_000, tzinfo=_UTC)
    assert [cycle_of(moment, depth).name for depth in (YEARLY, MONTHLY, DAILY, HOURLY)] == [
        "2024",
        "2024.02",
        "2024.02.29",
        "2024.02.29.23",
    ]
    assert cycle_of(moment, MONTHLY).end == datetime.datetime(2024, 3, 1, tzinfo=_UTC)
    assert cycle_of("2024.02", MONTHLY) == cycle_of("2024-02", MONTHLY)


def test_a_range_has_each_cycle_that_has_a_part_in_it() -> None:
    names = [cycle.name for cycle in each_cycle("2023-12-31", "2024-02-01", MONTHLY)]
    assert names == ["2023.12", "2024.01"]
    assert list(each_cycle("2024", "2024", MONTHLY)) == []


@pytest.mark.parametrize("when", ["", "2024-13", "9999-12"])
def test_no_cycle(when: str) -> None:
    with pytest.raises(ValueError, match="cycle should"):
        cycle_of(when, MONTHLY)
