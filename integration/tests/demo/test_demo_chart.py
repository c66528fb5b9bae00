"""The geometry of the page's charts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.flights.chart import column_chart, round_up, rows


def test_columns_stand_on_the_base_line_and_in_the_picture() -> None:
    chart = column_chart({"2013-12": 300, "2014-01": 75, "2014-02": 0})
    assert [column.short for column in chart.columns] == ["Dec", "Jan 14", "Feb"]
    assert chart.columns[0].name == "December 2013"
    assert all(column.y + column.height == chart.height for column in chart.columns)
    assert chart.columns[1].height == pytest.approx(chart.columns[0].height / 4, abs=0.01)
    assert chart.columns[2].height == 0
    assert chart.columns[-1].x + chart.column_width < chart.width
    assert chart.ticks[0] == (0, 0)
    assert chart.ticks[-1] == (320, 100)


def test_a_chart_of_nothing_is_no_error() -> None:
    assert column_chart({}).columns == []
    assert column_chart({"2013-01": 0}).columns[0].height == 0


@given(st.integers(min_value=0, max_value=10**12))
def test_a_scale_ends_above_its_values_but_not_far(value: int) -> None:
    top = round_up(value)
    assert top >= value
    assert top <= max(1, 2 * value)


@given(st.integers(min_value=1, max_value=10**9))
def test_ticks_are_whole_numbers_at_their_place(value: int) -> None:
    chart = column_chart({"2013-01": value})
    top = chart.ticks[-1][0]
    for tick, percent in chart.ticks:
        assert tick == pytest.approx(top * percent / 100)


def test_rows_have_their_share_of_the_greatest() -> None:
    ranking = rows([("ORD", "Chicago", 400, ""), ("ATL", "Atlanta", 100, "+3 min")])
    assert [row.share for row in ranking] == [100, 25]
    assert rows([("ORD", "Chicago", 0, "")])[0].share == 0
    assert rows([]) == []
