from __future__ import annotations

import datetime

from djelme.interval import INTERVALS
from elasticsearch_metrics.statistics.result import Bucket, Histogram, TopValues, ValueCount
from elasticsearch_metrics.statistics.sheet import (
    file_name,
    histogram_table,
    table_text,
    top_table,
)

START = datetime.datetime(2026, 11, 1, 4, tzinfo=datetime.timezone.utc)


def test_dates_are_dates_for_spreadsheets() -> None:
    for name, expected in (("month", "2026-11-01"), ("hour", "2026-11-01 04:00:00")):
        histogram = Histogram(INTERVALS[name], (Bucket(START, 3, is_partial=True),), 3, 0)
        assert table_text(histogram_table(histogram)) == (
            f"{name},records,partial\n{expected},3,true\n"
        )


def test_no_value_is_a_formula() -> None:
    values = ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "a=1", -1]
    top = TopValues("name", tuple(ValueCount(value, 1) for value in values), 12, 2, 9, 1, 0)
    rows = top_table(top)
    assert rows[-2:] == [("(others)", 1), ("(no value)", 2)]
    lines = table_text(rows)
    for value in values[:4]:
        assert f"'{value},1\n" in lines
    for value in values[4:7]:
        assert f'"\'{value}"' in lines or f"'{value},1" in lines
    assert "\na=1,1\n-1,1\n" in lines
    assert table_text([("=heading", True)]) == "'=heading,true\n"


def test_a_file_tells_what_is_in_it() -> None:
    first = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)
    histogram = Histogram(INTERVALS["month"], (Bucket(first, 3),), 3, 0)
    name = "shop.View_2026-11-01_to_2026-11-30_by_month.csv"
    assert file_name("shop.View", histogram, "csv") == name
    nothing = Histogram(INTERVALS["day"], (), 0, 0)
    assert file_name("shop.View", nothing, "csv") == "shop.View_by_day.csv"
