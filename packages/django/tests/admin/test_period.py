from __future__ import annotations

import datetime

import pytest

from djelme.interval import INTERVALS
from elasticsearch_metrics.admin.period import change_text, partial_note, period_rows
from elasticsearch_metrics.statistics.result import Bucket, Histogram, Totals
from elasticsearch_metrics.statistics.survey import Series, Survey

UTC = datetime.timezone.utc


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("start", "end", "now", "note"),
    [
        (utc(2026, 11, 1), utc(2026, 12, 1), utc(2027, 1, 1), ""),
        (utc(2026, 11, 5), utc(2026, 12, 1), utc(2027, 1, 1), "from 5 Nov"),
        (utc(2026, 11, 5, 4), utc(2026, 12, 1), utc(2027, 1, 1), "from 5 Nov 04:00"),
        (utc(2026, 11, 1), utc(2026, 11, 16), utc(2027, 1, 1), "to 15 Nov"),
        (utc(2026, 11, 1), utc(2026, 12, 1), utc(2026, 11, 9), "so far"),
        (utc(2026, 11, 5), None, utc(2026, 11, 9), "from 5 Nov, so far"),
        (utc(2026, 11, 5), utc(2026, 11, 16), utc(2026, 11, 9), "from 5 Nov, so far"),
    ],
)
def test_what_cuts_a_period_off(
    start: datetime.datetime, end: datetime.datetime | None, now: datetime.datetime, note: str
) -> None:
    bucket = Bucket(utc(2026, 11, 1), 3, is_partial=bool(note))
    histogram = Histogram(INTERVALS["month"], (bucket,), 3, 0, start, end, now)
    assert partial_note(histogram, bucket) == note


def test_a_period_is_told_in_a_line() -> None:
    bucket = Bucket(utc(2026, 11, 1), 1_234)
    survey = Survey(
        Histogram(INTERVALS["month"], (bucket,), 1_234),
        Totals(1_234),
        unique=7,
        unique_series=Series(None, {bucket.start: 7}),
        series=(Series("a\u202eb", {bucket.start: 2}),),
    )
    (row,) = period_rows(survey, {bucket.start: 5}, lambda start: f"/{start:%Y}")
    assert row.text == "2026-11: 1,234; unique: 7; a\ufffdb: 2; earlier: 5"
    assert row.url == "/2026"
    assert period_rows(survey, None, None)[0].url == ""


@pytest.mark.parametrize(
    ("percent", "text"),
    [(12.34, "+12.3\xa0%"), (-5, "\u22125.0\xa0%"), (0, "\xb10.0\xa0%"), (None, "\u2013")],
)
def test_changes_have_a_sign(percent: float | None, text: str) -> None:
    assert change_text(percent) == text
