from __future__ import annotations

import datetime

from elasticsearch_metrics.management.figure_source import source_lines
from elasticsearch_metrics.statistics.result import RECORDS, FigureSource


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=datetime.timezone.utc)  # type: ignore[misc,arg-type]


def test_of_records_alone_nothing_is_said() -> None:
    assert source_lines(RECORDS) == []


def test_a_report_and_what_is_missing_are_named() -> None:
    bounds = utc(2026, 10, 1), utc(2026, 11, 1)
    source = FigureSource("shop.Monthly", utc(2026, 11, 2, 3), *bounds, 1, 1, missing=2)
    first, second = source_lines(source)
    assert first == (
        "1 cycle from 2026-10-01 00:00 to 2026-11-01 00:00, 1 of them of deleted records: from the "
        "report shop.Monthly, built 2026-11-02 03:00; the rest: from the records"
    )
    assert second.startswith("The records of 2 cycles have expired or are deleted")
