"""Figures of records and of a report that stands for others of them, as one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.errors import IncompleteAnswerError
from djelme.timeparts import format_timestamp
from elasticsearch_metrics.backend.deadline import answered_within, deadline
from elasticsearch_metrics.index.time_bound import read_bounds
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report import BUILD_FIELD
from elasticsearch_metrics.statistics.field import StatisticsError
from elasticsearch_metrics.statistics.merging import merged, number_of
from elasticsearch_metrics.statistics.result import RECORDS, FigureSource
from elasticsearch_metrics.statistics.translation import NUMBER, Translation, count_field

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence

    from elasticsearch_metrics.report import BuiltCycle, Coverage
    from elasticsearch_metrics.statistics.selection import Selection

__all__ = ("Built", "Combination", "Counted", "is_doubtful", "patience")

#: How long the clusters that have reports may take, in seconds: the records are there, too.
_PATIENCE = 1.5
#: Ids of builds whose numbers were found to be others, so that nobody asks for them again.
_doubtful: set[str] = set()


@dataclass(frozen=True)
class Counted:
    """What aggregations gave.

    Attributes:
        total: number of records.
        results: by name of the aggregation, as the server gives them; without those that reports
            can't tell.
        source: where they come from.
    """

    total: int
    results: Mapping[str, Any]
    source: FigureSource = RECORDS


def patience() -> float:
    """Return how long reports may take, so that time is left for the records."""
    ends = deadline.get()
    return _PATIENCE if ends is None else min(_PATIENCE, (ends - time.monotonic()) / 2)


def is_doubtful(cycle: BuiltCycle) -> bool:
    """Return whether the numbers of a cycle were found not to come to those of its records."""
    return cycle.build in _doubtful


@dataclass(frozen=True)
class Built:
    """A report on the records.

    Attributes:
        coverage: tells which of its cycles can be used.
        cycles: those that may be.
        kept: names of those whose records seem to be gone; less when more is known.
    """

    coverage: Coverage
    cycles: list[BuiltCycle]
    kept: set[str]

    @property
    def label(self) -> str:
        """The report's name."""
        return self.coverage.definition.label

    def own_queries(self, selection: Selection) -> list[Mapping[str, Any]]:
        """Return what holds for records beside what holds for all that the report counts.

        Raises:
            StatisticsError: if the report counts only some of the records.
        """
        own = self.coverage.definition.query
        queries = [query for query in selection.queries if query != own]
        if own is not None and len(queries) == len(selection.queries):
            msg = f"{self.label}: counts only some of the records"
            raise StatisticsError(msg)
        return queries


class Combination:
    """Counts records, some of them by a report.

    Args:
        selection: the records.
        built: the report.
        translation: how to ask it.
        asked: the aggregations.
    """

    def __init__(
        self,
        selection: Selection,
        built: Built,
        translation: Translation,
        asked: Mapping[str, Any],
    ) -> None:
        self._selection = selection
        self._built = built
        self._translation = translation
        self._asked = asked

    def count(self, cycles: list[BuiltCycle]) -> Counted | None:
        """Return the figures of both; None if the records have to be asked for all of them.

        Args:
            cycles: of the report, none of which is cut by a range of time that is asked about.

        Raises:
            StatisticsError: if the report can't tell what is asked after all.
            djelme.errors.BackendError: if a cluster can't be reached, refuses, or gives a part of
                the answer only.
        """
        usable, total, records = self._ask_records(cycles)
        has_kept = any(found.is_kept for found in usable)
        is_less = len(usable) < len(cycles)
        if not has_kept and (is_less or self._translation.has_left_out):
            return None
        if is_less:
            usable, total, records = self._ask_records(usable)
        if self._is_cut_off(records) or not usable:
            return None
        with answered_within(patience()):
            reports = self._ask_reports(usable)
        results = merged(self._asked, records, reports)
        if not self._selection.queries:
            results |= self._newest(results, records, usable)
        missing = self._built.kept - {found.cycle.name for found in usable}
        source = FigureSource.of(self._built.label, usable, len(missing))
        return Counted(total + number_of(reports), results, source)

    def _ask_records(
        self, cycles: list[BuiltCycle]
    ) -> tuple[list[BuiltCycle], int, Mapping[str, Any]]:
        """Look which cycles can be used, and count the records that are in none, by one search.

        Returns:
            The cycles, the number of other records, and what the aggregations give for them.
        """
        time_query = self._selection.recordtype.time_query  # type: ignore[attr-defined] # it has time
        spans = [time_query(*span) for span in _spans(cycles)]
        others = {"bool": {"filter": self._selection.clauses, "must_not": spans}}
        aggregations = {
            "cycles": self._built.coverage.ask(cycles),
            "others": {
                "filter": others,
                "aggs": self._translation.of_records(self._asked),
            },
        }
        either = {"bool": {"should": [*spans, others], "minimum_should_match": 1}}
        results = self._selection.search(aggregations, either).results
        usable = self._built.coverage.usable(cycles, results.get("cycles", {}))
        self._built.kept.difference_update(it.cycle.name for it in usable if not it.is_kept)
        found = results.get("others", {})
        return usable, found.get("doc_count", 0), found

    def _is_cut_off(self, records: Mapping[str, Any]) -> bool:
        """Return whether a field has more values than the server told of."""
        return any(
            records.get(name, {}).get("sum_other_doc_count")
            for name, node in self._asked.items()
            if "terms" in node or "cardinality" in node
        )

    def _ask_reports(self, cycles: list[BuiltCycle]) -> Mapping[str, Any]:
        """Return what the aggregations give for reports.

        Raises:
            StatisticsError: if the numbers in the groups don't come to the number of records.
            djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part of
                the answer only.
        """
        report = self._built.coverage.recordtype
        filled = [found for found in cycles if found.events]
        if not filled:
            return {}
        number = {"sum": {"field": count_field(self._built.coverage.definition)}}
        builds = {"field": BUILD_FIELD, "size": len(filled)}
        queries = self._built.own_queries(self._selection)
        aggregations = {
            "builds": {"terms": builds, "aggs": {NUMBER: number}},
            "asked": {
                "filter": {"bool": {"filter": [self._translation.query(it) for it in queries]}},
                "aggs": {NUMBER: number, **self._translation.of_reports(self._asked)},
            },
        }
        placement = djelme_registry.placement(report)
        expressions = placement.cover(cycles[0].cycle.start, cycles[-1].cycle.end)
        answer = placement.backend.aggregate(
            expressions,
            aggregations,
            query={"terms": {BUILD_FIELD: [found.build for found in filled]}},
        )
        if answer.problem:
            backend = placement.backend.name
            raise IncompleteAnswerError(backend=backend, indexes=expressions, reason=answer.problem)
        buckets = answer.results.get("builds", {}).get("buckets", ())
        numbers = {it["key"]: (it["doc_count"], number_of(it)) for it in buckets}
        for found in filled:
            if numbers.get(found.build) != (found.groups, found.events):
                _doubtful.add(found.build)
                msg = f"{self._built.label}: not each record on {found.cycle} is in one group"
                raise StatisticsError(msg)
        asked_of: Mapping[str, Any] = answer.results["asked"]
        return asked_of

    def _newest(
        self,
        results: Mapping[str, Any],
        records: Mapping[str, Any],
        cycles: Sequence[BuiltCycle],
    ) -> dict[str, Any]:
        """Return the time of the newest record, which is known of each cycle."""
        time_field = self._selection.recordtype.TIME_FIELD
        found = {}
        for name, node in self._asked.items():
            if name in results or node.get("max", {}).get("field") != time_field:
                continue
            moments = [read_bounds({"newest": records.get(name)})[1], *(it.newest for it in cycles)]
            newest = max((moment for moment in moments if moment is not None), default=None)
            if newest is not None:
                text = format_timestamp(newest)
                found[name] = {"value": newest.timestamp() * 1_000, "value_as_string": text}
        return found


def _spans(
    cycles: Iterable[BuiltCycle],
) -> list[tuple[datetime.datetime, datetime.datetime]]:
    """Return the ranges of time that cycles cover together."""
    spans: list[tuple[datetime.datetime, datetime.datetime]] = []
    for found in cycles:
        start, end = found.cycle.start, found.cycle.end
        if spans and spans[-1][1] == start:
            start, _end = spans.pop()
        spans.append((start, end))
    return spans
