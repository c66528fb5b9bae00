"""The records that a report counts, and how they are asked for."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendError
from djelme.field import Kind
from djelme.timeparts import format_timestamp
from elasticsearch_metrics.backend.connection import IGNORE_MISSING
from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.index.own_index import own_periods
from elasticsearch_metrics.index.time_bound import TIME_FORMAT, read_bounds
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report.errors import ReportError
from elasticsearch_metrics.report.visibility import Visibility
from elasticsearch_metrics.state.search import search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from djelme.naming import Period
    from elasticsearch_metrics.report.cycle import Cycle
    from elasticsearch_metrics.report.declaration import ReportDefinition

__all__ = ("ReportSource", "Snapshot")

#: What Elasticsearch says of a field that has different types in different indexes.
_DIFFERENT_TYPES = ("class_cast_exception", "as two different types")
#: Most cycles that one search asks about.
_CYCLES_AT_ONCE = 500


@dataclass(frozen=True)
class Snapshot:
    """What tells whether records came or went.

    Attributes:
        events: how many there are.
        newest: the time of the newest one, in UTC and ISO 8601; of a report, when it was made.
    """

    events: int
    newest: str | None


class ReportSource:
    """The source of one report.

    Args:
        definition: of a report that has one.

    Raises:
        ReportError: if its backend is of a kind that can't be asked.
    """

    def __init__(self, definition: ReportDefinition) -> None:
        self._definition = definition
        source: Any = definition.source
        self.recordtype = source
        placement = djelme_registry.placement(source)
        backend = placement.backend
        if not isinstance(backend, RestBackend):
            msg = f"backend {backend.name!r} of its source {source.djelme.label} can't be counted"
            raise ReportError(msg, report=definition.label)
        self.backend: RestBackend = backend
        self._placement = placement
        #: Which of its fields tells a change: the one that later records have greater.
        self._newest = "created" if definition.source_report is not None else source.TIME_FIELD

    def why_inexact(self) -> str:
        """Return why groups can't be counted exactly on the source's servers; empty if they can."""
        features = self.backend.features
        for name in self._definition.group_by:
            spec = self.recordtype.djelme.fields[name]
            if spec.holds_lists and spec.kind is not Kind.KEYWORD and not features.groups_once:
                what = "a list" if spec.multi else "without an annotation, so perhaps a list"
                return (
                    f"its source {self.recordtype.djelme.label} can't be grouped by {name!r}, "
                    f"{what} of {spec.kind.value}: {features.product} {features.versions[0]} "
                    f"counts an event twice in the group of a value that it has twice"
                )
        return ""

    def prepare(self, start: datetime.datetime, end: datetime.datetime) -> None:
        """Remove double-clicks, where the source counts them, and make what was stored visible."""
        clean = getattr(self.recordtype, "filter_double_clicks", None)
        if clean is not None:
            clean(start, end)
        self.refresh()

    def refresh(self) -> None:
        """Make what was stored visible to searches.

        Raises:
            djelme.errors.IncompleteAnswerError: if a shard is missing. Servers would wait a minute
                for it, and clients don't wait as long for an answer that says so.
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        self.backend.list_indexes(self._placement.all_indexes())
        self.recordtype.refresh()

    def ask(
        self,
        start: datetime.datetime,
        end: datetime.datetime,
        aggregations: Mapping[str, Any],
        *,
        query: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """Return the answers to aggregations over the records of a range of time.

        Args:
            start: first moment, in UTC.
            end: first moment after the range.
            aggregations: what to ask.
            query: which of the records, beside what the report says; None for all.

        Raises:
            ReportError: if a field is of different types in different indexes.
            djelme.errors.IncompleteAnswerError: if a shard is missing.
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        expressions = self._placement.cover(start, end)
        body = {"size": 0, "query": self._query(start, end, query), "aggs": aggregations}
        try:
            answer = search(self.backend, expressions, body, params=IGNORE_MISSING)
        except BackendError as error:
            # Version 6 calls it 503, as if it could be tried again.
            if not any(sign in error.reason for sign in _DIFFERENT_TYPES):
                raise
            msg = (
                f"the indexes of its source ({', '.join(expressions)}) have a field of "
                f"`group_by` or of CountDistinct as different types, whose values can't be "
                f"brought in one order ({error.reason}); copy the records of the earlier indexes "
                f"into new ones, or count another field"
            )
            raise ReportError(msg, report=self._definition.label) from error
        found: Mapping[str, Any] = answer.get("aggregations", {})
        return found

    def snapshot(self, start: datetime.datetime, end: datetime.datetime) -> Snapshot:
        """Return what tells whether records of a range of time came or went."""
        return _snapshot(self.ask(start, end, {"cycle": _everything(self._newest)}).get("cycle"))

    def snapshots(self, cycles: Sequence[Cycle]) -> dict[str, Snapshot]:
        """Return the same for many cycles, by name, in one search for every 500 of them."""
        found: dict[str, Snapshot] = {}
        for at in range(0, len(cycles), _CYCLES_AT_ONCE):
            some = cycles[at : at + _CYCLES_AT_ONCE]
            answer = self.ask(some[0].start, some[-1].end, {"cycles": self.ask_snapshots(some)})
            found.update(self.read_snapshots(some, answer.get("cycles", {})))
        return found

    def ask_snapshots(self, cycles: Sequence[Cycle]) -> dict[str, Any]:
        """Return the aggregation for that, over all records of the source."""
        filters = {cycle.name: self._counted(cycle.start, cycle.end) for cycle in cycles}
        return {"filters": {"filters": filters}, "aggs": _of_time(self._newest)}

    @staticmethod
    def read_snapshots(cycles: Sequence[Cycle], answer: Mapping[str, Any]) -> dict[str, Snapshot]:
        """Return what the server gave for `ask_snapshots`, by name; empty if there is no index."""
        buckets = answer.get("buckets", {})
        return {cycle.name: _snapshot(buckets.get(cycle.name)) for cycle in cycles}

    def is_gone(self, cycle: Cycle, snapshot: Snapshot) -> bool:
        """Return whether records of a cycle have expired, or are gone with all their indexes."""
        options = self.recordtype.djelme.options
        now = datetime.datetime.now(datetime.timezone.utc)
        if options.expiration is not None and cycle.start < now - options.expiration:
            return True
        return snapshot.events == 0 and not any(
            period.start < cycle.end and cycle.start < period.end for period in self._periods
        )

    @cached_property
    def _periods(self) -> list[Period]:
        """The periods that the source has indexes for."""
        return own_periods(self._placement)

    def bounds(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """Return the times of the oldest and the newest record that is counted, in UTC."""
        of_time = {"field": self.recordtype.TIME_FIELD, "format": TIME_FORMAT}
        body: dict[str, Any] = {
            "size": 0,
            "aggs": {"oldest": {"min": of_time}, "newest": {"max": of_time}},
        }
        query = self._restricted(self._definition.query)
        if query is not None:
            body["query"] = query
        answer = search(self.backend, self._placement.all_indexes(), body, params=IGNORE_MISSING)
        return read_bounds(answer.get("aggregations", {}))

    def _query(
        self,
        start: datetime.datetime,
        end: datetime.datetime,
        query: Mapping[str, Any] | None,
    ) -> Mapping[str, Any]:
        counted = self._counted(start, end)
        both = counted if query is None else {"bool": {"filter": [counted, query]}}
        restricted = self._restricted(both)
        return restricted if restricted is not None else {}

    def _counted(self, start: datetime.datetime, end: datetime.datetime) -> dict[str, Any]:
        """Return the query for those records of a range of time that the report counts."""
        filters = [self.recordtype.time_query(start, end)]
        if self._definition.query is not None:
            filters.append(self._definition.query)
        return {"bool": {"filter": filters}}

    def _restricted(self, query: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        if self._definition.source_report is None:
            return query
        return Visibility(self.recordtype).restrict(query)


def _of_time(field: str) -> dict[str, Any]:
    return {"newest": {"max": {"field": field, "format": TIME_FORMAT}}}


def _everything(field: str) -> dict[str, Any]:
    return {"filter": {"match_all": {}}, "aggs": _of_time(field)}


def _snapshot(found: Mapping[str, Any] | None) -> Snapshot:
    if found is None:  # there is no index
        return Snapshot(0, None)
    newest = read_bounds(found)[1]
    return Snapshot(found["doc_count"], None if newest is None else format_timestamp(newest))
