"""Ask for figures as Elasticsearch's aggregations, and read what it gives.

All of them are understood by all versions.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from djelme.timeparts import parse_timestamp
from elasticsearch_metrics.declaration.field_type import DATE_TYPES
from elasticsearch_metrics.index.time_bound import TIME_FORMAT
from elasticsearch_metrics.statistics.result import TopValues, ValueCount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djelme.interval import Interval

__all__ = ("EXACT_VALUES", "ask_periods", "ask_top", "read_periods", "read_top", "read_value")

#: How many distinct values are counted exactly; beyond, the server estimates.
EXACT_VALUES = 3_000
#: How many values each shard tells of: so many different ones are ranked without error.
_SHARD_VALUES = 1_000
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def ask_periods(
    time_field: str, interval: Interval, aggregations: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the aggregation for numbers of records by time.

    Args:
        time_field: name of the field with the time.
        interval: length of a period.
        aggregations: what else is asked of each period.
    """
    parameters = {"field": time_field, "calendar_interval": interval.name, "min_doc_count": 1}
    inner = {"aggs": aggregations} if aggregations else {}
    return {"date_histogram": parameters, **inner}


def read_periods(
    periods: Mapping[str, Any], name: str | None = None
) -> dict[datetime.datetime, int]:
    """Return numbers by the first moments of periods.

    Args:
        periods: what the server gave; empty if there is no index.
        name: of an aggregation in each period, whose value is taken in place of the number.
    """
    found = {}
    for bucket in periods.get("buckets", ()):
        try:
            start = _EPOCH + datetime.timedelta(milliseconds=bucket["key"])
        except OverflowError:
            continue  # beyond the times that a record can have: counted as without time
        found[start] = bucket["doc_count"] if name is None else bucket[name]["value"]
    return found


def ask_top(field: str, kind: str, number: int) -> dict[str, Any]:
    """Return the aggregations for the most frequent values of a field.

    Args:
        field: its name.
        kind: its type.
        number: how many values.
    """
    of_values: dict[str, Any] = {
        "field": field,
        "size": number,
        "shard_size": max(_SHARD_VALUES, 2 * number),
    }
    if kind in DATE_TYPES:
        of_values["format"] = TIME_FORMAT
    return {
        "values": {"terms": of_values},
        "missing": {"missing": {"field": field}},
        "distinct": {"cardinality": {"field": field, "precision_threshold": EXACT_VALUES}},
    }


def read_top(field: str, kind: str, results: Mapping[str, Any], records: int) -> TopValues:
    """Return the most frequent values of a field.

    Args:
        field: its name.
        kind: its type.
        results: of what `ask_top` asks for; empty if there is no index.
        records: number of all records.
    """
    if "values" not in results:
        return TopValues(field, (), 0, 0, 0, 0, 0)
    values = results["values"]
    return TopValues(
        field,
        tuple(
            ValueCount(read_value(kind, bucket), bucket["doc_count"])
            for bucket in values["buckets"]
        ),
        records,
        results["missing"]["doc_count"],
        results["distinct"]["value"],
        values["sum_other_doc_count"],
        values["doc_count_error_upper_bound"],
    )


def read_value(kind: str, bucket: Mapping[str, Any]) -> Any:
    """Return the value that a bucket stands for: a str, a number, a bool or a datetime."""
    if kind == "boolean":
        return bucket["key_as_string"] == "true"
    if kind in DATE_TYPES:
        return parse_timestamp(bucket["key_as_string"])
    return bucket["key"]
