"""Figures as JSON, in one shape wherever they leave: pages, commands, public endpoints.

Times are ISO 8601 in UTC, such as ``"2026-11-23T04:05:06.789Z"``. A range is half-open, its bounds
are null where it has none, and every figure is of the range that stands beside it.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from djelme.timeparts import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elasticsearch_metrics.statistics.result import FigureSource, Histogram, TopValues, Totals
    from elasticsearch_metrics.statistics.survey import Series

__all__ = (
    "figures_document",
    "histogram_document",
    "json_value",
    "range_document",
    "source_document",
    "top_document",
)

Moment = datetime.datetime


def figures_document(
    label: str,
    totals: Totals,
    bounds: tuple[Moment | None, Moment | None],
    as_of: Moment | None,
) -> dict[str, Any]:
    """Return how many records there are in a range.

    Args:
        label: the record type's.
        totals: of the records in the range.
        bounds: of the range, half-open; None for an open end.
        as_of: when they were counted.
    """
    return {
        "recordtype": label,
        "range": range_document(*bounds),
        "as_of": json_value(as_of),
        "records": totals.records,
        "oldest": json_value(totals.oldest),
        "newest": json_value(totals.newest),
        **source_document(totals.source),
    }


def source_document(source: FigureSource) -> dict[str, Any]:
    """Return where figures come from: ``"events"``, or a report in the place of some of them."""
    report = {
        "report": source.report,
        "built": json_value(source.built),
        "since": json_value(source.start),
        "until": json_value(source.end),
        "cycles": source.cycles,
        "kept": source.kept,
    }
    return {"from": report if source.report else "events", "missing_cycles": source.missing}


def range_document(start: Moment | None, end: Moment | None) -> dict[str, Any]:
    """Return a range of time."""
    return {"start": json_value(start), "end": json_value(end)}


def histogram_document(histogram: Histogram) -> dict[str, Any]:
    """Return records by time."""
    return {
        "interval": histogram.interval.name,
        "untimed": histogram.untimed,
        "periods": [
            {
                "start": json_value(bucket.start),
                "records": bucket.records,
                "partial": bucket.is_partial,
            }
            for bucket in histogram.buckets
        ],
    }


def top_document(top: TopValues, series: Sequence[Series] = ()) -> dict[str, Any]:
    """Return the most frequent values of a field, and when those of some were."""
    by_value = {found.value: found.numbers for found in series}
    return {
        "field": top.field,
        "distinct": top.distinct,
        "others": top.others,
        "missing": top.missing,
        "error": top.error,
        "values": [
            {
                "value": json_value(found.value),
                "records": found.records,
                **(
                    {
                        "periods": [
                            {"start": json_value(start), "records": number}
                            for start, number in sorted(by_value[found.value].items())
                        ]
                    }
                    if found.value in by_value
                    else {}
                ),
            }
            for found in top.values
        ],
    }


def json_value(value: Any) -> Any:
    """Return a value as JSON has it: times as texts."""
    return format_timestamp(value) if isinstance(value, datetime.datetime) else value
