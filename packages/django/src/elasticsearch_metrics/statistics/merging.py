"""One answer of what records and reports on other records gave to the same aggregations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.statistics.field import StatisticsError
from elasticsearch_metrics.statistics.translation import NUMBER, parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("merged", "number_of")


def merged(
    asked: Mapping[str, Any], records: Mapping[str, Any], reports: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the answer to aggregations, as if all records had been asked.

    What reports can't tell is left out.

    Args:
        asked: the aggregations.
        records: what `Translation.of_records` gave; empty if none were asked, or if there are none.
        reports: what `Translation.of_reports` gave; empty likewise.

    Raises:
        StatisticsError: if a field has more values than either side tells of.
    """
    found = {}
    for name, node in asked.items():
        one = _merged(node, records.get(name), reports.get(name), has_reports=_has(reports))
        if one is not None:
            found[name] = one
    return found


def number_of(found: Mapping[str, Any]) -> int:
    """Return the number of records that reports stand for; exact up to 2**53."""
    return round((found.get(NUMBER) or {}).get("value") or 0)


def _has(reports: Mapping[str, Any]) -> bool:
    """Return whether there is any record that reports stand for."""
    return number_of(reports) > 0


def _merged(
    node: Mapping[str, Any],
    records: Mapping[str, Any] | None,
    reports: Mapping[str, Any] | None,
    *,
    has_reports: bool,
) -> dict[str, Any] | None:
    kind, body, inner = parts_of(node)
    if kind in {"min", "max"}:
        return _extreme(kind, records, reports, has_reports=has_reports)
    if kind in {"filter", "missing"}:
        return _bucket(inner, records, reports)
    if kind == "filters":
        ours, theirs = _buckets(records), _buckets(reports)
        names = body["filters"]
        return {"buckets": {it: _bucket(inner, ours.get(it), theirs.get(it)) for it in names}}
    if kind == "date_histogram":
        return {"buckets": _by_key(inner, records, reports)}
    return None if records is None and reports is None else _values(kind, body, records, reports)


def _values(
    kind: str,
    body: Mapping[str, Any],
    records: Mapping[str, Any] | None,
    reports: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return the values of a group, or how many different ones there are."""
    values = sorted(_complete(body, records, reports), key=_rank)
    if kind == "cardinality":
        return {"value": len(values)}
    shown, others = values[: body["size"]], values[body["size"] :]
    return {
        "buckets": shown,
        "sum_other_doc_count": sum(bucket["doc_count"] for bucket in others),
        "doc_count_error_upper_bound": 0,
    }


def _extreme(
    kind: str,
    records: Mapping[str, Any] | None,
    reports: Mapping[str, Any] | None,
    *,
    has_reports: bool,
) -> dict[str, Any] | None:
    if has_reports and reports is None:
        return None  # the report doesn't have it
    found = [it for it in (records, reports) if it is not None and it.get("value") is not None]
    if not found:
        return {"value": None}
    choose = min if kind == "min" else max
    return dict(choose(found, key=lambda it: it["value"]))


def _bucket(
    inner: Mapping[str, Any],
    records: Mapping[str, Any] | None,
    reports: Mapping[str, Any] | None,
) -> dict[str, Any]:
    records, reports = records or {}, reports or {}
    number = records.get("doc_count", 0) + number_of(reports)
    return {"doc_count": number, **merged(inner, records, reports)}


def _by_key(
    inner: Mapping[str, Any],
    records: Mapping[str, Any] | None,
    reports: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    """Return buckets by their keys, in the order of these."""
    ours = {bucket["key"]: bucket for bucket in _buckets(records) or ()}
    theirs = {bucket["key"]: bucket for bucket in _buckets(reports) or ()}
    return [
        {**_named(ours.get(key) or theirs[key]), **_bucket(inner, ours.get(key), theirs.get(key))}
        for key in sorted(ours.keys() | theirs.keys())
    ]


def _complete(
    body: Mapping[str, Any], records: Mapping[str, Any] | None, reports: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    for found in (records, reports):
        if found is not None and found.get("sum_other_doc_count"):
            msg = f"{body['field']!r} has more different values than are told of"
            raise StatisticsError(msg)
    return [it for it in _by_key({}, records, reports) if it["doc_count"]]


def _rank(bucket: Mapping[str, Any]) -> tuple[int, Any]:
    return -bucket["doc_count"], bucket["key"]


def _buckets(found: Mapping[str, Any] | None) -> Any:
    return {} if found is None else found.get("buckets", {})


def _named(bucket: Mapping[str, Any]) -> dict[str, Any]:
    return {name: bucket[name] for name in ("key", "key_as_string") if name in bucket}
