from __future__ import annotations

import datetime

from elasticsearch_metrics.admin.source import source_text
from elasticsearch_metrics.statistics.result import RECORDS, FigureSource


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=datetime.timezone.utc)  # type: ignore[misc,arg-type]


def test_of_records_alone_nothing_is_said() -> None:
    assert source_text(RECORDS) == ""


def test_a_report_and_what_it_keeps_are_named() -> None:
    built = utc(2026, 11, 2, 3)
    source = FigureSource("shop.Monthly", built, utc(2026, 1, 1), utc(2026, 11, 1), 10, 1)
    assert source_text(source) == (
        "10 cycles come from the report shop.Monthly (2026-01-01 \N{EN DASH} 2026-10-31; the first "
        "one built 2026-11-02 03:00 UTC). The records of 1 cycle are deleted; its figures are kept "
        "there."
    )


def test_what_is_missing_is_never_left_unsaid() -> None:
    assert source_text(FigureSource(missing=2)).startswith("The records of 2 cycles have expired")
