"""Running totals: what earlier cycles of a report add to a metric of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.field import Kind
from djelme.timeparts import format_timestamp
from elasticsearch_metrics.backend.connection import IGNORE_MISSING
from elasticsearch_metrics.report.composite import each_page
from elasticsearch_metrics.report.counting import key_value
from elasticsearch_metrics.report.metric import Cumulative
from elasticsearch_metrics.report.narrowing import PLAIN_KINDS
from elasticsearch_metrics.state.search import search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elasticsearch_metrics.backend.rest import RestBackend
    from elasticsearch_metrics.report.cycle import Cycle
    from elasticsearch_metrics.report.declaration import ReportDefinition
    from elasticsearch_metrics.report.visibility import Visibility

__all__ = ("RunningTotals",)


class RunningTotals:
    """Adds the figures of earlier cycles.

    Args:
        definition: of the report.
        cycle: the cycle that is built.
        backend: the cluster that has the report.
        expressions: all indexes of the report.
        visibility: what readers see of it.
    """

    def __init__(
        self,
        definition: ReportDefinition,
        cycle: Cycle,
        backend: RestBackend,
        expressions: Sequence[str],
        visibility: Visibility,
    ) -> None:
        self._definition = definition
        self._cycle = cycle
        self._backend = backend
        self._expressions = expressions
        self._visibility = visibility
        self._fields = definition.recordtype.djelme.fields
        self._totals = {
            name: metric.metric
            for name, metric in definition.metrics.items()
            if isinstance(metric, Cumulative)
        }

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Fill the running totals of some reports.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part of
                the answer only.
        """
        if not self._totals or not rows:
            return
        earlier = self._earlier(rows)
        for row in rows:
            found = earlier.get(self._group(row), {})
            for name, metric in self._totals.items():
                value = row[metric] + found.get(f"t_{name}", {}).get("value", 0)
                is_float = self._fields[name].kind in {Kind.DOUBLE, Kind.FLOAT}
                row[name] = value if is_float else round(value)

    def _group(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in self._definition.group_by)

    def _earlier(self, rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
        sums = {f"t_{name}": {"sum": {"field": it}} for name, it in self._totals.items()}
        query = self._query(rows)
        group_by = self._definition.group_by
        if not group_by:
            return {(): self._ask(query, sums)}
        sources = [
            {f"g{at}": {"terms": {"field": name, "missing_bucket": self._fields[name].optional}}}
            for at, name in enumerate(group_by)
        ]
        wanted = {self._group(row) for row in rows}
        found = {}
        for page in each_page(lambda body: self._ask(query, body), sources, aggregations=sums):
            for bucket in page:
                parts = zip(group_by, bucket["key"].values(), strict=True)
                key = tuple(key_value(self._fields[name].kind, part) for name, part in parts)
                if key in wanted:
                    found[key] = bucket
        return found

    def _query(self, rows: list[dict[str, Any]]) -> Mapping[str, Any] | None:
        """Return the query for the reports of earlier cycles, as few others as possible."""
        before = {"lt": format_timestamp(self._cycle.start)}
        filters: list[dict[str, Any]] = [{"range": {"timeseries_start": before}}]
        for name in self._definition.group_by[:1]:
            values = {row[name] for row in rows}
            if self._fields[name].kind in PLAIN_KINDS and None not in values:
                filters.append({"terms": {name: sorted(values)}})
        return self._visibility.restrict({"bool": {"filter": filters}})

    def _ask(self, query: Mapping[str, Any] | None, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = search(
            self._backend,
            self._expressions,
            {"size": 0, "query": query, "aggs": body},
            params=IGNORE_MISSING,
        )
        found: Mapping[str, Any] = answer.get("aggregations", {})
        return found
