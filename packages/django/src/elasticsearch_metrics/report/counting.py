"""Count the events of a cycle by group: exactly, in bounded memory, from any page on."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from djelme.field import Kind
from elasticsearch_metrics.index.time_bound import TIME_FORMAT
from elasticsearch_metrics.report.composite import PAGE, DistinctCounter, each_page
from elasticsearch_metrics.report.metric import Count, CountDistinct, Cumulative, Latest, Sum
from elasticsearch_metrics.report.narrowing import Narrowing
from elasticsearch_metrics.report.retrying import retried

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from elasticsearch_metrics.report.declaration import ReportDefinition
    from elasticsearch_metrics.report.metric import FieldMetric, Metric
    from elasticsearch_metrics.report.source import ReportSource

__all__ = ("GroupCounter", "Page", "key_value")

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_WHOLE = frozenset({Kind.LONG, Kind.INTEGER, Kind.SHORT, Kind.BYTE})
#: Buckets in a page of groups: each group has one, and one for each metric with a filter.
_PAGE = PAGE


@dataclass(frozen=True)
class Page:
    """Some groups.

    Attributes:
        rows: the fields of the reports.
        events: in these groups; one that is in several is counted in each.
        position: where the next page begins, for `GroupCounter.pages`.
    """

    rows: list[dict[str, Any]]
    events: int
    position: dict[str, Any]


class GroupCounter:
    """Counts the events of a range of time.

    Args:
        definition: of the report.
        source: the records.
        start: first moment, in UTC.
        end: first moment after the range.
    """

    def __init__(
        self,
        definition: ReportDefinition,
        source: ReportSource,
        start: datetime.datetime,
        end: datetime.datetime,
    ) -> None:
        self._definition = definition
        self._source = source
        self._range = start, end
        self._own = definition.recordtype.djelme.fields
        self._narrowing = Narrowing(source.recordtype, definition.group_by)
        self._counted = {
            name: metric
            for name, metric in definition.metrics.items()
            if not isinstance(metric, (CountDistinct, Cumulative))
        }
        self._distinct = {
            name: metric
            for name, metric in definition.metrics.items()
            if isinstance(metric, CountDistinct)
        }

    def pages(self, position: Mapping[str, Any] | None = None) -> Iterator[Page]:
        """Yield the groups in pages, in the order of their keys.

        Args:
            position: of the last page that was taken, to go on from there.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part of
                an answer only.
        """
        position = position or {}
        counters = {
            name: self._distinct_counter(metric, position.get("distinct", {}).get(name))
            for name, metric in self._distinct.items()
        }
        groups = self._grouped if self._definition.group_by else self._ungrouped
        for buckets in groups(position.get("after")):
            rows = [self._row(bucket) for bucket in buckets]
            for name, counter in counters.items():
                for row, number in zip(rows, counter.count(buckets), strict=True):
                    row[name] = number
            yield Page(
                rows,
                sum(bucket["doc_count"] for bucket in buckets),
                {
                    "after": buckets[-1].get("key"),
                    "distinct": {name: counter.position for name, counter in counters.items()},
                },
            )

    def _grouped(self, after: Mapping[str, Any] | None) -> Iterator[list[Mapping[str, Any]]]:
        aggregations = self._aggregations()
        filters = sum("filter" in body for body in aggregations.values())
        size = max(1, _PAGE // (1 + filters))
        return each_page(
            self._ask, self._sources(), aggregations=aggregations, after=after, size=size
        )

    def _ungrouped(self, after: object) -> Iterator[list[Mapping[str, Any]]]:  # noqa: ARG002 - there is one page
        everything = {"filter": {"match_all": {}}, "aggs": self._aggregations()}
        found = self._ask({"all": everything}).get("all")
        if found is not None and found["doc_count"]:
            yield [found]

    def _ask(
        self, aggregations: Mapping[str, Any], *, query: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        return retried(partial(self._source.ask, *self._range, aggregations, query=query))

    def _sources(self) -> list[dict[str, Any]]:
        """Return what the parts of a group's key come from.

        Events without a value are in no group, unless the report's field may be None.
        """
        return [
            {f"g{number}": {"terms": {"field": name, **self._missing(name)}}}
            for number, name in enumerate(self._definition.group_by)
        ]

    def _missing(self, name: str) -> dict[str, bool]:
        return {"missing_bucket": True} if self._own[name].optional else {}

    def _distinct_counter(
        self, metric: CountDistinct, position: Mapping[str, Any] | None
    ) -> DistinctCounter:
        def ask(
            first: Mapping[str, Any], last: Mapping[str, Any], aggregations: Mapping[str, Any]
        ) -> Mapping[str, Any]:
            # Version 6 takes no composite aggregation within a filter.
            given = metric.query, self._narrowing.between(first, last)
            queries = [query for query in given if query is not None]
            return self._ask(aggregations, query={"bool": {"filter": queries}} if queries else None)

        return DistinctCounter(ask, self._sources(), {"terms": {"field": metric.field}}, position)

    # The metrics within a group.

    def _aggregations(self) -> dict[str, Any]:
        found = {name: self._aggregation(metric) for name, metric in self._counted.items()}
        return {f"m_{name}": body for name, body in found.items() if body is not None}

    def _aggregation(self, metric: Metric) -> dict[str, Any] | None:
        if isinstance(metric, Latest):
            return self._latest(metric)
        inner = metric.aggregation()
        if metric.query is None:
            return inner
        return {"filter": metric.query, **({"aggs": {"value": inner}} if inner else {})}

    def _latest(self, metric: Latest) -> dict[str, Any]:
        query: dict[str, Any] = {"exists": {"field": metric.field}}
        if metric.query is not None:
            query = {"bool": {"filter": [query, metric.query]}}
        is_time = self._source.recordtype.field_type(metric.field) in {"date", "date_nanos"}
        wanted: Any = {"field": metric.field, "format": TIME_FORMAT} if is_time else metric.field
        newest = [{self._source.recordtype.TIME_FIELD: {"order": "desc"}}]
        hits = {"size": 1, "sort": newest, "_source": False, "docvalue_fields": [wanted]}
        return {"filter": query, "aggs": {"value": {"top_hits": hits}}}

    def _row(self, bucket: Mapping[str, Any]) -> dict[str, Any]:
        key = bucket.get("key", {})
        row = {
            name: key_value(self._own[name].kind, part)
            for name, part in zip(self._definition.group_by, key.values(), strict=True)
        }
        for name, metric in self._counted.items():
            row[name] = self._value(name, metric, bucket)
        return row

    def _value(self, name: str, metric: Metric, bucket: Mapping[str, Any]) -> Any:
        found = bucket.get(f"m_{name}")
        if isinstance(metric, Count):
            return bucket["doc_count"] if found is None else found["doc_count"]
        found = found or {}
        if metric.query is not None or isinstance(metric, Latest):
            found = found.get("value", {})
        if isinstance(metric, Latest):
            return self._latest_value(metric, found)
        value = found.get("value")
        if value is None:
            return 0 if isinstance(metric, Sum) else None
        return self._typed(name, value)

    def _latest_value(self, metric: FieldMetric, found: Mapping[str, Any]) -> Any:
        hits = found.get("hits", {}).get("hits", [])
        values = hits[0].get("fields", {}).get(metric.field, []) if hits else []
        if not values:
            return None
        decoded = self._source.recordtype.djelme.decoder.decode_doc_values({metric.field: values})
        value = decoded[metric.field]
        return value[-1] if isinstance(value, list) else value

    def _typed(self, name: str, value: float) -> Any:
        kind = self._own[name].kind
        if kind in {Kind.DATETIME, Kind.DATE}:
            return _moment(value, kind)
        return round(value) if kind in _WHOLE else value


def key_value(kind: Kind, value: Any) -> Any:
    """Return a part of a composite aggregation's key as a field of a kind has it."""
    if value is None:
        return None
    if kind is Kind.BOOLEAN:
        return value in {True, "true"}
    if kind in {Kind.DATETIME, Kind.DATE}:
        return _moment(float(value), kind)
    return int(value) if kind in _WHOLE else value


def _moment(milliseconds: float, kind: Kind) -> datetime.datetime | datetime.date:
    when = _EPOCH + datetime.timedelta(milliseconds=milliseconds)
    return when.date() if kind is Kind.DATE else when
