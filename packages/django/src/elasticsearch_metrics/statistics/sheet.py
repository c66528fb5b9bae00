"""Tables of figures for spreadsheets, as rows and as CSV.

Dates are written as LibreOffice and Excel take them, and no value is taken for a formula by them
(OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import datetime
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from djelme.interval import Interval
    from elasticsearch_metrics.statistics.result import Histogram, TopValues

__all__ = (
    "OTHER_FIELDS",
    "file_name",
    "histogram_table",
    "range_name",
    "safe_cell",
    "table_text",
    "top_table",
)

#: What the rows without a value of their own are called.
NO_VALUE, OTHERS = "(no value)", "(others)"
#: Also the wide forms of such characters, which some languages' spreadsheets take for the same.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: Heading of the column for fields that aren't declared, where a type lets records have such.
OTHER_FIELDS = "(other fields)"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_DAY = datetime.timedelta(days=1)


def histogram_table(
    histogram: Histogram,
    beside: Sequence[tuple[str, Mapping[datetime.datetime, int]]] = (),
) -> list[tuple[object, ...]]:
    """Return a heading and a row for each period: its first moment in UTC, and if it is cut off.

    Records that are in none of the periods have a row of their own, if there are any.

    Args:
        histogram: records by time.
        beside: further columns: headings, and numbers by the first moment of the period.
    """
    interval = histogram.interval
    rows: list[tuple[object, ...]] = [
        (interval.name, "records", "partial", *(name for name, _numbers in beside))
    ]
    rows += [
        (
            _period(interval, bucket.start),
            bucket.records,
            bucket.is_partial,
            *(numbers.get(bucket.start, 0) for _name, numbers in beside),
        )
        for bucket in histogram.buckets
    ]
    if histogram.untimed:
        rows.append((NO_VALUE, histogram.untimed, False, *("" for _ in beside)))
    return rows


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
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    return text.getvalue()


def safe_cell(value: object) -> object:
    """Return a value that is no formula for spreadsheets, and turns no direction of writing.

    >>> safe_cell("=1+1"), safe_cell("a=1"), safe_cell(-1)
    ("'=1+1", 'a=1', -1)
    """
    if not isinstance(value, str):
        return value
    text = "".join(
        character if character.isprintable() or character in "\n\r\t" else _REPLACEMENT
        for character in value
    )
    return f"'{text}" if value.startswith(_FORMULA) else text


def file_name(label: str, histogram: Histogram, suffix: str, *, field: str | None = None) -> str:
    """Return a name that tells record type, range and interval or field.

    Args:
        label: the record type's.
        histogram: what is in the file, or of the same range.
        suffix: such as "csv".
        field: whose values are in the file, in place of periods.
    """
    parts = [label]
    if histogram.buckets:
        first, last = histogram.buckets[0].start, histogram.buckets[-1].start
        start = max(first, histogram.start or first)
        end = histogram.interval.next(last)
        parts.append(range_name(start, min(end, histogram.end or end)))
    return f"{'_'.join([*parts, 'by', field or histogram.interval.name])}.{suffix}"


def range_name(start: datetime.datetime | None, end: datetime.datetime | None) -> str:
    """Return a range of time as a part of a file's name: its first and last day, or its times.

    Args:
        start: its first moment, in UTC; None for the beginning.
        end: the first moment after it; None for no end.

    >>> range_name(None, datetime.datetime(2026, 12, 1))
    'to_2026-11-30'
    """
    last = end - datetime.timedelta(seconds=1) if end else None
    bounds = [moment for moment in (start, end) if moment is not None]
    days = all(moment.time() == datetime.time() for moment in bounds)
    form = "%Y-%m-%d" if days else "%Y-%m-%dT%H%M"
    parts = [f"{start:{form}}"] if start else []
    return "_".join([*parts, *(["to", f"{last:{form}}"] if last else [])])


def _period(interval: Interval, start: datetime.datetime) -> object:
    """Return a period's first moment as a date, where it begins with a day."""
    has_times = datetime.timedelta() < interval.length < _DAY  # months and longer have none
    return start if has_times else start.date()


def _csv_cell(value: object) -> object:
    if isinstance(value, datetime.datetime):
        fraction = "milliseconds" if value.microsecond else "seconds"
        return value.replace(tzinfo=None).isoformat(" ", timespec=fraction)
    if isinstance(value, bool):
        return "true" if value else "false"
    return safe_cell(value)
