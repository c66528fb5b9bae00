"""Tables of figures for spreadsheets, as CSV.

Dates are written as LibreOffice and Excel take them, and no value is taken for a formula by them
(OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import datetime
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from djelme.interval import Interval
    from elasticsearch_metrics.statistics.result import Histogram, TopValues

__all__ = ("file_name", "histogram_document", "histogram_table", "table_text", "top_table")

#: What the rows without a value of their own are called.
NO_VALUE, OTHERS = "(no value)", "(others)"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_DAY = datetime.timedelta(days=1)


def histogram_table(histogram: Histogram) -> list[tuple[object, ...]]:
    """Return a heading and a row for each period: its first moment in UTC, and if it is cut off.

    Records that are in none of the periods have a row of their own, if there are any.
    """
    interval = histogram.interval
    rows: list[tuple[object, ...]] = [(interval.name, "records", "partial")]
    rows += [
        (_period(interval, bucket.start), bucket.records, bucket.is_partial)
        for bucket in histogram.buckets
    ]
    return [*rows, (NO_VALUE, histogram.untimed, False)] if histogram.untimed else rows


def histogram_document(histogram: Histogram) -> dict[str, object]:
    """Return a histogram as JSON has it, in the admin and in commands; times are in UTC."""
    return {
        "interval": histogram.interval.name,
        "untimed": histogram.untimed,
        "periods": [
            {
                "start": bucket.start.isoformat(),
                "records": bucket.records,
                "partial": bucket.is_partial,
            }
            for bucket in histogram.buckets
        ],
    }


def top_table(top: TopValues) -> list[tuple[object, ...]]:
    """Return a heading and a row for each value, for the others, and for records without one."""
    rows: list[tuple[object, ...]] = [(top.field, "records")]
    rows += [(found.value, found.records) for found in top.values]
    rest = ((OTHERS, top.others), (NO_VALUE, top.missing))
    return [*rows, *(row for row in rest if row[1])]


def table_text(rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def file_name(label: str, histogram: Histogram, suffix: str) -> str:
    """Return a name that tells record type, range and interval.

    Args:
        label: the record type's.
        histogram: what is in the file.
        suffix: such as "csv".
    """
    parts = [label]
    if histogram.buckets:
        last = histogram.interval.next(histogram.buckets[-1].start) - datetime.timedelta(seconds=1)
        parts += [f"{histogram.buckets[0].start:%Y-%m-%d}", "to", f"{last:%Y-%m-%d}"]
    return f"{'_'.join([*parts, 'by', histogram.interval.name])}.{suffix}"


def _period(interval: Interval, start: datetime.datetime) -> object:
    """Return a period's first moment as a date, where it begins with a day."""
    has_times = datetime.timedelta() < interval.length < _DAY  # months and longer have none
    return start if has_times else start.date()


def _cell(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
