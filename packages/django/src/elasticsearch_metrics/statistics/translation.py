"""Aggregations over records as aggregations over the reports on them, and one answer of both.

A report has a number of records in the place of the records themselves, so what counts them adds
up that number. Only what is exact is translated: numbers of records by time, by the report's groups
and in ranges of time, and the first and the last time. How many different values there are doesn't
add up, so it is counted for groups only, whose values are all known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.timedepth import Timedepth
from djelme.timeparts import parse_timestamp
from elasticsearch_metrics.declaration.field_type import Family, types_of
from elasticsearch_metrics.report import Count, Max, Min
from elasticsearch_metrics.statistics.field import StatisticsError

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping

    from elasticsearch_metrics.report import Metric, ReportDefinition

__all__ = (
    "MAX_VALUES",
    "NUMBER",
    "Translation",
    "count_field",
    "has_periods",
    "parts_of",
)

#: Most different values of a field, of all of which the servers tell.
MAX_VALUES = 5_000
#: The aggregation that stands for the number of records.
NUMBER = "djelme_number"
#: How short the cycles have to be for the periods of an interval to be whole cycles.
_DEPTHS = {
    "year": Timedepth.YEARLY,
    "quarter": Timedepth.MONTHLY,
    "month": Timedepth.MONTHLY,
    "week": Timedepth.DAILY,
    "day": Timedepth.DAILY,
    "hour": Timedepth.HOURLY,
}
_GROUPS = types_of(Family.KEYWORD, Family.WHOLE) | {"boolean"}
#: Queries about one field, which hold for a report if they hold for each of its records.
_LEAVES = frozenset({"term", "terms", "prefix", "range"})
_CLAUSES = frozenset({"must", "filter", "should", "must_not"})
_BOUNDS = frozenset({"gte", "lt"})


def count_field(definition: ReportDefinition) -> str:
    """Return the field of a report that has the number of records; empty if none has."""
    metrics = definition.metrics.items()
    counts = (name for name, it in metrics if isinstance(it, Count) and it.filter is None)
    return next(counts, "")


def has_periods(definition: ReportDefinition, interval: str) -> bool:
    """Return whether the periods of an interval of the calendar are whole cycles of a report."""
    wanted = _DEPTHS.get(interval)
    return wanted is not None and definition.depth >= wanted


class Translation:
    """Translates aggregations and queries.

    Args:
        definition: of a report that has a source.
        lenient: whether numbers of different values are left out, in place of an error.

    Attributes:
        has_left_out: whether there was such a number.
        needs_values: whether all values of a group are needed.

    Raises:
        StatisticsError: if the report's groups may hold a record twice or not at all, or if it
            doesn't count them.
    """

    def __init__(self, definition: ReportDefinition, *, lenient: bool = False) -> None:
        self._definition = definition
        self._lenient = lenient
        self.has_left_out = self.needs_values = False
        self._report: Any = definition.recordtype
        self._source: Any = definition.source
        self._number = {"sum": {"field": count_field(definition)}}
        if not count_field(definition):
            self._refuse("has no Count() without a filter")
        for name in definition.group_by:
            if not self._is_same(name):
                self._refuse(f"its groups by {name!r} may hold a record twice or not at all")

    # Queries.

    def query(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return a query over records as one over reports.

        Raises:
            StatisticsError: if it may hold for some of a report's records only.
        """
        if len(query) != 1:
            self._refuse("can't tell for which of its groups a condition holds")
        ((kind, body),) = query.items()
        if kind == "bool":
            return {"bool": dict(self._clauses(body))}
        field = body.get("field") if kind == "exists" else next(iter(body), None)
        if kind == "range" and field == self._source.TIME_FIELD:
            return {"range": {self._report.TIME_FIELD: body[field]}}
        if kind not in {*_LEAVES, "exists"} or field not in self._definition.group_by:
            self._refuse("can't tell for which of its groups a condition holds")
        return {kind: body}

    def _clauses(self, body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, clauses in body.items():
            if name == "minimum_should_match":
                yield name, clauses
            elif name not in _CLAUSES or not isinstance(clauses, list):
                self._refuse("can't tell for which of its groups a condition holds")
            else:
                yield name, [self.query(clause) for clause in clauses]

    def cuts(
        self, asked: Mapping[str, Any], queries: Iterable[Mapping[str, Any]]
    ) -> set[datetime.datetime]:
        """Return the moments within which no cycle may lie: the bounds of ranges of time.

        Raises:
            StatisticsError: if a bound is no moment, or is one that no cycle can begin with.
        """
        found: set[datetime.datetime] = set()
        for query in queries:
            found.update(self._bounds(query))
        for node in asked.values():
            found |= self.cuts(node.get("aggs", {}), _queries(node))
        return found

    def _bounds(self, query: Mapping[str, Any]) -> Iterator[datetime.datetime]:
        for clauses in query.get("bool", {}).values():
            for clause in clauses if isinstance(clauses, list) else ():
                yield from self._bounds(clause)
        bounds = query.get("range", {}).get(self._source.TIME_FIELD, {})
        try:
            yield from [parse_timestamp(bound) for bound in bounds.values()]
        except (TypeError, ValueError):
            self._refuse("a range of time has a bound that isn't read")
        if not bounds.keys() <= _BOUNDS:
            self._refuse("a range of time includes its last moment")

    # Aggregations.

    def of_records(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is asked of the records that no report stands for.

        Of values, all are asked for, as those of the reports come to them.
        """
        found: dict[str, Any] = {}
        for name, node in asked.items():
            kind, body, inner = parts_of(node)
            if kind in {"terms", "cardinality"} and self._is_group(body):
                found[name] = self._values(body)
            elif kind != "cardinality":
                found[name] = {kind: body, **_nested(self.of_records(inner))}
        return found

    def of_reports(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is asked of the reports.

        Raises:
            StatisticsError: if they don't have it; the message says why.
        """
        found: dict[str, Any] = {}
        for name, node in asked.items():
            translated = self._aggregation(node)
            if translated is not None:
                found[name] = translated
        return found

    def _aggregation(self, node: Mapping[str, Any]) -> dict[str, Any] | None:
        kind, body, inner = parts_of(node)
        numbered = _nested({NUMBER: self._number, **self.of_reports(inner)})
        found: dict[str, Any] | None = None
        if kind in {"min", "max"}:
            field = self._metric_of(Min if kind == "min" else Max, body["field"])
            found = {kind: {**body, "field": field}} if field else None
        elif kind == "date_histogram":
            self._require_interval(body)
            found = {kind: {**body, "field": self._report.TIME_FIELD}, **numbered}
        elif kind == "filter":
            found = {kind: self.query(body), **numbered}
        elif kind == "filters":
            filters = {name: self.query(query) for name, query in body["filters"].items()}
            found = {kind: {"filters": filters}, **numbered}
        elif kind in {"terms", "missing", "cardinality"} and self._is_group(body):
            if inner:
                self._refuse(f"values of {body['field']!r} by time are counted from records only")
            own = {kind: body} if kind == "missing" else self._values(body)
            self.needs_values = self.needs_values or kind != "missing"
            found = {**own, **numbered}
        elif kind == "cardinality" and self._lenient:
            self.has_left_out = True
        else:
            self._refuse(f"has no {kind} of {body.get('field')!r}")
        return found

    def _is_group(self, body: Mapping[str, Any]) -> bool:
        return body.get("field") in self._definition.group_by

    @staticmethod
    def _values(body: Mapping[str, Any]) -> dict[str, Any]:
        return {"terms": {"field": body["field"], "size": MAX_VALUES}}

    def _require_interval(self, body: Mapping[str, Any]) -> None:
        name = body["calendar_interval"]
        if not has_periods(self._definition, name):
            self._refuse(f"its cycles are longer than a {name}")
        if body["field"] != self._source.TIME_FIELD:
            self._refuse(f"has no times of {body['field']!r}")

    def _metric_of(self, kind: type[Metric], field: str) -> str:
        """Return the field of the report that has a metric of a field; empty if none has."""
        metrics = self._definition.metrics.items()
        fitting = (
            name
            for name, metric in metrics
            if isinstance(metric, kind)
            and metric.filter is None
            and getattr(metric, "field", "") == field
        )
        return next(fitting, "")

    def _is_same(self, name: str) -> bool:
        """Return whether the report has the values of a field as its records have them."""
        mapping = self._source.field_mappings()[name]
        return bool(
            mapping == self._report.field_mappings()[name]
            and mapping.get("type") in _GROUPS
            and not self._source.djelme.fields[name].holds_lists
        )

    def _refuse(self, problem: str) -> Any:
        msg = f"{self._definition.label}: {problem}"
        raise StatisticsError(msg)


def parts_of(node: Mapping[str, Any]) -> tuple[str, Any, Mapping[str, Any]]:
    """Return an aggregation's kind, its parameters, and those within it."""
    ((kind, body),) = ((name, it) for name, it in node.items() if name != "aggs")
    return kind, body, node.get("aggs", {})


def _nested(inner: Mapping[str, Any]) -> dict[str, Any]:
    return {"aggs": inner} if inner else {}


def _queries(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the queries of an aggregation that are no more than a range."""
    filters = node.get("filters", {}).get("filters", {}).values()
    return [node["filter"]] if "filter" in node else list(filters)
