from __future__ import annotations

import datetime

from djelme.interval import INTERVALS
from elasticsearch_metrics.statistics.document import (
    figures_document,
    histogram_document,
    source_document,
    top_document,
)
from elasticsearch_metrics.statistics.result import (
    Bucket,
    FigureSource,
    Histogram,
    TopValues,
    Totals,
    ValueCount,
)
from elasticsearch_metrics.statistics.survey import Series

START = datetime.datetime(2026, 11, 1, 4, tzinfo=datetime.timezone.utc)


def test_a_range_is_half_open_and_in_utc() -> None:
    assert figures_document("shop.View", Totals(3, START, None), (START, None), START) == {
        "recordtype": "shop.View",
        "range": {"start": "2026-11-01T04:00:00.000Z", "end": None},
        "as_of": "2026-11-01T04:00:00.000Z",
        "records": 3,
        "oldest": "2026-11-01T04:00:00.000Z",
        "newest": None,
        "from": "events",
        "missing_cycles": 0,
    }


def test_a_report_is_named_with_the_time_that_it_stands_for() -> None:
    end = datetime.datetime(2026, 12, 1, tzinfo=datetime.timezone.utc)
    source = FigureSource("shop.Monthly", end, START, end, cycles=2, kept=1, missing=3)
    assert source_document(source) == {
        "from": {
            "report": "shop.Monthly",
            "built": "2026-12-01T00:00:00.000Z",
            "since": "2026-11-01T04:00:00.000Z",
            "until": "2026-12-01T00:00:00.000Z",
            "cycles": 2,
            "kept": 1,
        },
        "missing_cycles": 3,
    }


def test_periods_say_whether_they_are_cut_off() -> None:
    histogram = Histogram(INTERVALS["hour"], (Bucket(START, 3, is_partial=True),), 3)
    assert histogram_document(histogram)["periods"] == [
        {"start": "2026-11-01T04:00:00.000Z", "records": 3, "partial": True}
    ]


def test_values_have_periods_where_they_were_asked_for() -> None:
    top = TopValues("when", (ValueCount(START, 2), ValueCount("a", 1)), 3, 0, 2, 0, 0)
    values = top_document(top, [Series("a", {START: 1})])["values"]
    assert values == [
        {"value": "2026-11-01T04:00:00.000Z", "records": 2},
        {
            "value": "a",
            "records": 1,
            "periods": [{"start": "2026-11-01T04:00:00.000Z", "records": 1}],
        },
    ]
