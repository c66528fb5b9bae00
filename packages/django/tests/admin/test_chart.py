from __future__ import annotations

import datetime
import re

from hypothesis import given
from hypothesis import strategies as st

from djelme.interval import INTERVALS
from elasticsearch_metrics.admin.chart import HEIGHT, MAX_COLUMNS, draw, round_up
from elasticsearch_metrics.statistics.query import Bucket, Histogram

_START = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)


def histogram(*numbers: int, interval: str = "day") -> Histogram:
    chosen = INTERVALS[interval]
    starts = [_START]
    while len(starts) < len(numbers):
        starts.append(chosen.next(starts[-1]))
    buckets = tuple(map(Bucket, starts, numbers)) if numbers else ()
    return Histogram(chosen, buckets, sum(numbers))


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw(histogram()) is None


def test_columns_are_as_high_as_their_numbers() -> None:
    chart = draw(histogram(0, 10, 5))
    assert chart is not None
    bars = [bar for column in chart.columns for bar in column.bars]
    assert [bar.height for bar in bars] == [0, HEIGHT, HEIGHT / 2]
    assert [bar.y for bar in bars] == [HEIGHT, 0, HEIGHT / 2]
    assert [column.name for column in chart.columns] == ["2026-11-01", "2026-11-02", "2026-11-03"]


def test_a_single_record_can_be_seen_beside_millions() -> None:
    chart = draw(histogram(1, 10**9))
    assert chart is not None
    assert chart.columns[0].bars[0].height == 1


def test_periods_without_any_record_make_an_empty_chart() -> None:
    chart = draw(histogram(0, 0))
    assert chart is not None
    assert [column.bars[0].height for column in chart.columns] == [0, 0]
    assert chart.ticks == ((1, 0), (0, HEIGHT))


def test_quarters_have_names() -> None:
    chart = draw(histogram(1, 1, interval="quarter"))
    assert chart is not None
    assert [column.name for column in chart.columns] == ["2026-Q4", "2027-Q1"]


def test_too_many_columns_become_an_outline() -> None:
    chart = draw(histogram(*[3] * (MAX_COLUMNS + 1)))
    assert chart is not None
    assert chart.columns == ()
    assert re.fullmatch(r"M0 200(V[\d.]+H\d+)+V200Z", chart.outline)
    assert chart.outline.count("H") == MAX_COLUMNS + 1


@given(st.integers(0, 10**12))
def test_the_scale_ends_at_a_round_number_not_far_above(value: int) -> None:
    top = round_up(value)
    assert value <= top <= max(1, value * 1.7)
    assert len(str(top).rstrip("0")) <= 2


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60))
def test_everything_is_within_the_chart(numbers: list[int]) -> None:
    chart = draw(histogram(*numbers))
    assert chart is not None
    assert len(chart.columns) == len(numbers)
    for column in chart.columns:
        (bar,) = column.bars
        assert 0 <= bar.height <= HEIGHT
        assert abs(bar.y + bar.height - HEIGHT) < 0.11
    assert 1 <= len(chart.labels) <= 8
    assert all(0 < place < 100 for _, place in chart.labels)
    values = [value for value, _ in chart.ticks]
    assert values == sorted(values, reverse=True)
    assert values[-1] == 0
