from __future__ import annotations

import datetime
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djelme.interval import INTERVALS, Interval

UTC = datetime.timezone.utc
LAST = datetime.datetime.max.replace(tzinfo=UTC)

intervals = st.sampled_from(list(INTERVALS.values()))
moments = st.datetimes(timezones=st.just(UTC))
near = st.datetimes(
    min_value=datetime.datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime.datetime(2000, 3, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("year", utc(2024, 1, 1), utc(2025, 1, 1)),
        ("quarter", utc(2024, 10, 1), utc(2025, 1, 1)),
        ("month", utc(2024, 12, 1), utc(2025, 1, 1)),
        ("week", utc(2024, 12, 30), utc(2025, 1, 6)),
        ("day", utc(2024, 12, 31), utc(2025, 1, 1)),
        ("hour", utc(2024, 12, 31, 23), utc(2025, 1, 1)),
        ("minute", utc(2024, 12, 31, 23, 59), utc(2025, 1, 1)),
    ],
)
def test_the_last_moment_of_a_year(
    name: str, start: datetime.datetime, end: datetime.datetime
) -> None:
    moment = utc(2024, 12, 31, 23, 59, 59)
    assert INTERVALS[name].floor(moment) == start
    assert INTERVALS[name].next(start) == end


def test_intervals_are_named_longest_first() -> None:
    counts = [interval.count(utc(2000, 1, 1), utc(2030, 1, 1)) for interval in INTERVALS.values()]
    assert counts == sorted(counts)
    assert [interval.name for interval in INTERVALS.values()] == list(INTERVALS)


@given(interval=intervals, moment=moments)
def test_a_moment_is_in_its_period(interval: Interval, moment: datetime.datetime) -> None:
    start = interval.floor(moment)
    assert start <= moment <= interval.next(start)
    assert moment < interval.next(start) or interval.next(start) == LAST
    assert interval.floor(start) == start
    assert interval.count(start, interval.next(start)) == 1


@given(interval=intervals, bounds=st.tuples(near, near))
def test_periods_are_counted_as_they_come(
    interval: Interval, bounds: tuple[datetime.datetime, datetime.datetime]
) -> None:
    start, end = min(bounds), max(bounds)
    if interval.count(start, end) > 2000:
        end = start + 2000 * interval.length
    periods = list(interval.each(start, end))
    assert len(periods) == interval.count(start, end)
    assert all(interval.next(one) == other for one, other in itertools.pairwise(periods))
    if periods:
        assert periods[0] <= start
        assert periods[-1] < end <= interval.next(periods[-1])


def test_an_empty_range_has_no_periods() -> None:
    for interval in INTERVALS.values():
        assert list(interval.each(utc(2026, 1, 2), utc(2026, 1, 2))) == []
        assert interval.count(utc(2026, 1, 2), utc(2026, 1, 2)) == 0
        assert interval.count(utc(2026, 1, 2), utc(2026, 1, 1)) == 0


def test_the_end_of_time() -> None:
    for interval in INTERVALS.values():
        start = interval.floor(LAST)
        assert interval.next(start) == LAST
        assert list(interval.each(start, LAST)) == [start]
