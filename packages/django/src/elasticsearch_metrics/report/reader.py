"""Read what was built: the reports on a group over several cycles, and the newest cycles."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from djelme.timeparts import parse_range
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report.cycle import Cycle, cycle_of, each_cycle
from elasticsearch_metrics.report.declaration import CYCLE_FIELD
from elasticsearch_metrics.report.metric import Count, CountDistinct, Sum
from elasticsearch_metrics.report.state import ReportStore
from elasticsearch_metrics.report.visibility import Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch_metrics.report.declaration import ReportDefinition

__all__ = ("ReportReader",)

#: Most hits of one search.
_MOST = 10_000
_MILLISECOND = datetime.timedelta(milliseconds=1)


class ReportReader:
    """Reads one report.

    Args:
        recordtype: the report.
        using: name of a backend for it, in place of its own.
    """

    def __init__(self, recordtype: type[Any], using: str | None = None) -> None:
        self._recordtype = recordtype
        self._definition: ReportDefinition = recordtype.report_definition
        self._using = using

    def totals(
        self, from_when: object, until_when: object, group: Mapping[str, Any], *, fill: bool
    ) -> list[Any]:
        """Return the reports on one group, oldest first; see `CycleRecord.totals`."""
        names = self._definition.group_by
        if group.keys() != set(names):
            wanted = ", ".join(names) or "no fields: there is one report a cycle"
            msg = (
                f"the group of {self._definition.label} is given by {wanted}; not by "
                f"{', '.join(group) or 'nothing'}"
            )
            raise TypeError(msg)
        cycles = self._cycles(from_when, until_when)
        if not cycles:
            return []
        hits = self._hits(cycles, group)
        if not fill:
            return hits
        found = {hit.cycle_coverage: hit for hit in hits}
        return [found.get(cycle.name) or self._zero(cycle, group) for cycle in cycles]

    def _hits(self, cycles: list[Cycle], group: Mapping[str, Any]) -> list[Any]:
        """Return the reports on a group; a shard that is away doesn't make zeros of them."""
        recordtype = self._recordtype
        start, end = cycles[0].start, cycles[-1].end
        filters = [recordtype.time_query(start, end)]
        fields = recordtype.djelme.validator.fields
        for name in self._definition.group_by:
            value = fields[name].clean(group[name])
            if value is None:
                filters.append({"bool": {"must_not": [{"exists": {"field": name}}]}})
            else:
                filters.append({"term": {name: getattr(value, "value", value)}})
        placement = djelme_registry.placement(recordtype, self._using)
        query = {"bool": {"filter": filters}}
        answer = Visibility(recordtype, self._using).search(
            placement.cover(start, end),
            {"query": query, "sort": ["timeseries_start"], "size": _MOST},
        )
        return [recordtype.from_es(hit) for hit in answer["hits"]["hits"]]

    def last_cycles(self, number: int) -> Any:
        """Return a search over the newest complete cycles; see `CycleRecord.last_cycles`."""
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            msg = f"the number of cycles should be 1 or more, not {number!r}"
            raise ValueError(msg)
        newest = ReportStore(self._recordtype, self._using).newest_complete()
        if newest is None:
            return self._recordtype.search(self._using).query("match_none")
        last = first = cycle_of(newest, self._definition.depth)
        for _ in range(number - 1):
            try:
                first = cycle_of(first.start - _MILLISECOND, self._definition.depth)
            except (OverflowError, ValueError):
                break  # there is no time before
        return self._recordtype.search_timeseries_range(first.start, last.end, self._using)

    def _cycles(self, from_when: object, until_when: object) -> list[Cycle]:
        start, end = parse_range(from_when, until_when)
        cycles: list[Cycle] = []
        for cycle in each_cycle(start, end, self._definition.depth):
            cycles.append(cycle)
            if len(cycles) > _MOST:
                msg = f"a range may have at most {_MOST:,} cycles; choose a shorter one"
                raise ValueError(msg)
        return cycles

    def _zero(self, cycle: Cycle, group: Mapping[str, Any]) -> Any:
        """Return a report on a cycle without events; it isn't stored."""
        zeros = {
            name: 0
            for name, metric in self._definition.metrics.items()
            if isinstance(metric, (Count, CountDistinct, Sum))
        }
        values = {**zeros, **group, CYCLE_FIELD: cycle.name, "timeseries_start": cycle.start}
        return self._recordtype.from_values(values)
