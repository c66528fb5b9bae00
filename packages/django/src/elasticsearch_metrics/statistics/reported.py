"""Count records, and take reports on them in their place where they have exactly what is asked.

The figures are those that the records would give, and stay when the records are deleted. So that
none is wrong, a report stands for the records of a cycle only if that is complete and up to date,
and if the numbers in its groups come to the number of records that it was built from. All else
comes from the records, at the cost of one search more at most, but for one case: where a cycle
turns out to be behind its records, while those of another one are gone.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any

from djelme.errors import DjelmeError
from djelme.log_field import log_fields
from elasticsearch_metrics.backend.deadline import answered_within
from elasticsearch_metrics.recordtype.timeseries import MomentRecord
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report import Coverage, each_report
from elasticsearch_metrics.statistics.combination import (
    Built,
    Combination,
    Counted,
    is_doubtful,
    patience,
)
from elasticsearch_metrics.statistics.field import StatisticsError
from elasticsearch_metrics.statistics.result import FigureSource
from elasticsearch_metrics.statistics.translation import (
    MAX_VALUES,
    Translation,
    has_periods,
)

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from djelme.interval import Interval
    from elasticsearch_metrics.report import BuiltCycle
    from elasticsearch_metrics.statistics.selection import Selection

__all__ = ("ReportedCount",)

logger = logging.getLogger(__name__)


class ReportedCount:
    """Counts records, by reports where they have what is asked.

    Args:
        selection: the records.
        only_kept: whether reports are taken only for records that seem to be gone.
    """

    def __init__(self, selection: Selection, *, only_kept: bool = False) -> None:
        self._selection = selection
        self._only_kept = only_kept

    def count(self, asked: Mapping[str, Any]) -> Counted:
        """Return what aggregations give, by one search of records and one of reports at most.

        Args:
            asked: the aggregations.

        Raises:
            djelme.errors.BackendError: if the cluster of the records can't be reached, refuses, or
                gives a part of the answer only.
        """
        for built in self._built:
            try:
                translation, cycles = self._fitting(built, asked)
            except StatisticsError:
                continue
            if cycles:
                found = self._combined(built, translation, cycles, asked)
                if found is not None:
                    return found
                break  # a second report would cost more searches
        answer = self._selection.aggregate(asked)
        missing = max((len(built.kept) for built in self._built), default=0)
        return Counted(answer.total, answer.results, FigureSource(missing=missing))

    @cached_property
    def oldest(self) -> datetime.datetime | None:
        """First moment of the oldest cycle with records that may be used; None without one."""
        starts = (
            found.cycle.start for built in self._built for found in built.cycles if found.events
        )
        return min(starts, default=None)

    def has_periods(self, interval: Interval) -> bool:
        """Return whether records that seem to be gone can be counted by an interval."""
        return all(
            has_periods(built.coverage.definition, interval.name)
            for built in self._built[:1]
            if built.kept
        )

    @cached_property
    def _built(self) -> list[Built]:
        """The reports with cycles that may be used, those that cover most time first."""
        found = []
        away: set[str] = set()
        for report in self._reports():
            backend = ""
            try:
                backend = djelme_registry.backend_name_for(report)
                if backend in away:
                    continue  # nobody waits twice for it
                with answered_within(patience()):
                    coverage = Coverage(report)
                    bounds = self._selection.start, self._selection.end
                    cycles = coverage.built(*bounds)
                    kept = {it.cycle.name for it in cycles if coverage.looks_kept(it, *bounds)}
                    if self._only_kept:
                        cycles = [cycle for cycle in cycles if cycle.cycle.name in kept]
            except DjelmeError as error:
                self._log(report, error)
                away.add(backend)
                continue
            if cycles:
                found.append(Built(coverage, cycles, kept))
        return sorted(found, key=_covered, reverse=True)

    def _reports(self) -> list[type[Any]]:
        """Return the reports that may have what is asked, those with the longest cycles first."""
        selection = self._selection
        recordtype = selection.recordtype
        if not issubclass(recordtype, MomentRecord):
            return []
        own = djelme_registry.backend_name_for(recordtype)
        if selection.using is not None and selection.using != own:
            return []
        found = [it for it in each_report() if it.report_definition.source is recordtype]
        return sorted(found, key=lambda report: int(report.report_definition.depth))

    def _fitting(
        self, built: Built, asked: Mapping[str, Any]
    ) -> tuple[Translation, list[BuiltCycle]]:
        """Return how to ask a report, and those of its cycles that nothing cuts.

        Raises:
            StatisticsError: if it doesn't have what is asked.
        """
        definition = built.coverage.definition
        # Where records are gone, it is better to know all but the different values.
        translation = Translation(definition, lenient=bool(built.kept))
        translation.of_reports(asked)
        queries = built.own_queries(self._selection)
        for query in queries:
            translation.query(query)
        start, end = self._selection.start, self._selection.end
        cuts = translation.cuts(asked, queries) | {it for it in (start, end) if it is not None}
        has_limit = translation.needs_values and len(definition.group_by) == 1
        cycles = [
            found
            for found in built.cycles
            if not any(found.cycle.start < cut < found.cycle.end for cut in cuts)
            and not (has_limit and found.groups > MAX_VALUES)
            and not is_doubtful(found)
        ]
        return translation, cycles

    def _combined(
        self,
        built: Built,
        translation: Translation,
        cycles: list[BuiltCycle],
        asked: Mapping[str, Any],
    ) -> Counted | None:
        """Return the figures of records and a report; None if the records have to give them."""
        try:
            return Combination(self._selection, built, translation, asked).count(cycles)
        except DjelmeError as error:
            self._log(built.coverage.recordtype, error)
            return None

    def _log(self, report: type[Any], error: DjelmeError) -> None:
        label = self._selection.recordtype.djelme.label
        logger.warning(
            "%s is counted without the report %s: %s",
            label,
            report.djelme.label,
            error,
            extra=log_fields(recordtype=label, reason=type(error).__name__),
        )


def _covered(built: Built) -> float:
    """Return how much time the cycles of a report cover, in seconds."""
    return sum((it.cycle.end - it.cycle.start).total_seconds() for it in built.cycles)
