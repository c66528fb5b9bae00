"""Figures about the records of a type: totals, records by time, most frequent values.

Each of them is one search that reads no record, so it costs the same for one or for a billion.
"""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from djelme.interval import INTERVALS, Interval
from djelme.suggestion import choices
from djelme.timeparts import parse_range
from elasticsearch_metrics.index.time_bound import BEGINNING, FOREVER, ask_bounds, read_bounds
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.statistics.aggregation import (
    EXACT_VALUES,
    ask_periods,
    ask_top,
    read_periods,
    read_top,
)
from elasticsearch_metrics.statistics.combination import Counted
from elasticsearch_metrics.statistics.field import StatisticsError, require_countable
from elasticsearch_metrics.statistics.reported import ReportedCount
from elasticsearch_metrics.statistics.result import Bucket, Histogram, TopValues, Totals, ValueCount
from elasticsearch_metrics.statistics.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.index.placement import Placement

__all__ = (
    "EXACT_VALUES",
    "MAX_BUCKETS",
    "MAX_VALUES",
    "Bucket",
    "Histogram",
    "RecordStatistics",
    "TopValues",
    "Totals",
    "ValueCount",
    "interval_of",
    "require_number",
)

#: Most periods in a histogram.
MAX_BUCKETS = 10_000
#: Most values that can be asked for.
MAX_VALUES = 1_000

_UTC = datetime.timezone.utc
_DAY = datetime.timedelta(days=1)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=_UTC)


class RecordStatistics:
    """Figures about the records of a type in a range of time.

    Args:
        recordtype: the record type.
        from_when: first moment, in any form that `search_timeseries_range` takes; None for the
            beginning.
        until_when: first moment after the range; None for no end.
        using: name of a backend, in place of the type's own.
        timeout: how long a search may take, in seconds; None for the client's own time.
        queries: what else holds for the records, as Elasticsearch takes it.
        reports: where reports stand for records: nowhere, where the records seem to be gone, or
            where they have what is asked.

    Raises:
        StatisticsError: if there is a range and the type has no time.
        TypeError: if a bound is nothing that can be read.
        ValueError: if a bound is impossible, or the range ends before it begins.
    """

    def __init__(
        self,
        recordtype: type[RecordType],
        from_when: object = None,
        until_when: object = None,
        *,
        using: str | None = None,
        timeout: float | None = None,
        queries: Sequence[Mapping[str, Any]] = (),
        reports: Literal["none", "kept", "all"] = "none",
    ) -> None:
        self.recordtype = recordtype
        self.start, self.end = parse_range(
            BEGINNING if from_when is None else from_when,
            FOREVER if until_when is None else until_when,
        )
        if from_when is not None or until_when is not None:
            self._require_time()
        self._using = using
        self._timeout = timeout
        self._queries = tuple(queries)
        self.reports = reports

    @property
    def label(self) -> str:
        """The record type's name for people."""
        return self.recordtype.djelme.label

    @property
    def bounds(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """The range of time, half-open and in UTC; None for an open end."""
        return (
            None if self.start == BEGINNING else self.start,
            None if self.end == FOREVER else self.end,
        )

    @cached_property
    def placement(self) -> Placement:
        """Names and backend of the record type."""
        return djelme_registry.placement(self.recordtype, self._using)

    @cached_property
    def selection(self) -> Selection:
        """The records that the figures are about."""
        return Selection(
            self.recordtype,
            self.placement,
            *self.bounds,
            self._queries,
            self._using,
            self._timeout,
        )

    def totals(self) -> Totals:
        """Return how many records there are, and the times of the first and last of them.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part
                of the answer only.
        """
        time_field: str | None = self.recordtype.TIME_FIELD
        if time_field is None:
            return Totals(self.aggregate({}).total)
        answer = self.aggregate(ask_bounds(time_field))
        return Totals(answer.total, *read_bounds(answer.results), answer.source)

    def histogram(self, interval: str | Interval) -> Histogram:
        """Return numbers of records by time.

        With a whole range of time, its periods without records are included at both ends.

        Args:
            interval: year, quarter, month, week (from Monday), day, hour or minute; in UTC.

        Raises:
            StatisticsError: if there is no such interval, if the type has no time, or if there are
                more than `MAX_BUCKETS` periods.
            djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part
                of the answer only.
        """
        time_field = self._require_time()
        chosen = interval_of(interval)
        is_fine = chosen.length and chosen.length < _DAY
        # Asked beforehand, since version 6 would make as many buckets as there are.
        self.require_few(chosen, self.totals() if is_fine and not self._is_bounded else None)
        answer = self.aggregate({"periods": ask_periods(time_field, chosen)})
        return self.read_histogram(chosen, answer.results.get("periods", {}), answer.total)

    def top(self, field: str, number: int = 10) -> TopValues:
        """Return the most frequent values of a field.

        Args:
            field: its name; dotted for a field of an object or a subfield.
            number: how many values, at most `MAX_VALUES`.

        Raises:
            StatisticsError: if there is no such field, if its values can't be counted, or if the
                number isn't possible.
            djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part
                of the answer only.
        """
        require_number(number)
        kind = require_countable(self.recordtype, field)
        answer = self.aggregate(ask_top(field, kind, number))
        return read_top(field, kind, answer.results, answer.total)

    def read_histogram(
        self, interval: Interval, periods: Mapping[str, Any], records: int
    ) -> Histogram:
        """Return what an aggregation by `ask_periods` gave.

        Args:
            interval: that was asked for.
            periods: what the server gave; empty if there is no index.
            records: number of all records.

        Raises:
            StatisticsError: if there are more than `MAX_BUCKETS` periods.
        """
        found, now = read_periods(periods), utcnow()
        start, end = self._histogram_range(interval, found, now)
        self._require_few(interval, start, end)
        return Histogram(
            interval,
            tuple(
                Bucket(moment, found.get(moment, 0), self._is_cut(interval, moment, now))
                for moment in interval.each(start, end)
            ),
            records,
            records - sum(found.values()),
            *self.bounds,
            now,
        )

    def require_few(self, interval: Interval, totals: Totals | None = None) -> None:
        """Check that there will be at most `MAX_BUCKETS` periods, as far as that is known.

        Args:
            interval: that is to be asked for.
            totals: of the records, for a range without bounds.

        Raises:
            StatisticsError: if there would be more.
        """
        if self._is_bounded:
            self._require_few(interval, self.start, self.end)
        elif totals is not None and totals.oldest is not None and totals.newest is not None:
            start, end = max(totals.oldest, self.start), min(totals.newest, self.end)
            self._require_few(interval, start, end)

    def best_interval(self, totals: Totals, periods: int = 60) -> Interval:
        """Return the finest interval that cuts the time of some records into few periods.

        Args:
            totals: of the records.
            periods: most periods.
        """
        built = self._reported.oldest if self._reported is not None else None
        moments = [moment for moment in (totals.oldest, built) if moment is not None]
        if not moments:
            return INTERVALS["day"]
        start = min(moments) if self.start == BEGINNING else self.start
        end = max(totals.newest or utcnow(), start) if self.end == FOREVER else self.end
        fitting = [found for found in INTERVALS.values() if found.count(start, end) <= periods]
        if self._reported is not None:  # some figures are in reports only, by their cycles
            fitting = [found for found in fitting if self._reported.has_periods(found)]
        return fitting[-1] if fitting else INTERVALS["year"]

    def aggregate(self, aggregations: Mapping[str, Any]) -> Counted:
        """Return what aggregations give for the records, by one search.

        Where reports may be used, that is one of records and one of reports.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part
                of the answer only.
        """
        if self._reported is not None:
            return self._reported.count(aggregations)
        answer = self.selection.aggregate(aggregations)
        return Counted(answer.total, answer.results)

    @cached_property
    def _reported(self) -> ReportedCount | None:
        """Counts by reports, where they may be used."""
        if self.reports == "none":
            return None
        return ReportedCount(self.selection, only_kept=self.reports == "kept")

    @property
    def _is_bounded(self) -> bool:
        return self.start != BEGINNING and self.end != FOREVER

    def _histogram_range(
        self, interval: Interval, found: Mapping[datetime.datetime, int], now: datetime.datetime
    ) -> tuple[datetime.datetime, datetime.datetime]:
        last = interval.next(max(found)) if found else BEGINNING
        if self._is_bounded:
            return self.start, min(self.end, max(now, last))
        return (min(found), last) if found else (_EPOCH, _EPOCH)

    def _is_cut(self, interval: Interval, start: datetime.datetime, now: datetime.datetime) -> bool:
        """Return whether a period begins before the range, or isn't over by its end or by now."""
        return start < self.start or interval.next(start) > min(self.end, now)

    def _require_few(
        self, interval: Interval, start: datetime.datetime, end: datetime.datetime
    ) -> None:
        number = interval.count(start, end)
        if number > MAX_BUCKETS:
            msg = (
                f"by {interval.name} there would be about {number:,} periods from "
                f"{start:%Y-%m-%d} to {end:%Y-%m-%d}; choose a longer interval or a shorter range "
                f"(at most {MAX_BUCKETS:,} periods)"
            )
            raise StatisticsError(msg)

    def _require_time(self) -> str:
        time_field: str | None = self.recordtype.TIME_FIELD
        if time_field is None:
            msg = f"the records of {self.label} have no time"
            raise StatisticsError(msg)
        return time_field


def interval_of(given: str | Interval) -> Interval:
    """Return an interval by its name.

    Raises:
        StatisticsError: if there is none of that name.
    """
    if isinstance(given, Interval):
        return given
    found = INTERVALS.get(given)
    if found is None:
        msg = f"there is no interval {given[:80]!r} {choices(given, INTERVALS)}"
        raise StatisticsError(msg)
    return found


def require_number(number: int) -> None:
    """Check how many values are asked for.

    Raises:
        StatisticsError: if the number isn't possible.
    """
    if not 1 <= number <= MAX_VALUES:
        msg = f"the number of values should be from 1 to {MAX_VALUES:,}, not {number}"
        raise StatisticsError(msg)
