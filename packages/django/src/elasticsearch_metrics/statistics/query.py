"""Figures about the records of a type: totals, records by time, most frequent values.

Each of them is one search that reads no record, so it costs the same for one or for a billion.
"""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from djelme.errors import IncompleteAnswerError
from djelme.interval import INTERVALS, Interval
from djelme.suggestion import choices
from djelme.timeparts import parse_range, parse_timestamp
from elasticsearch_metrics.declaration.field_type import DATE_TYPES
from elasticsearch_metrics.index.time_bound import BEGINNING, TIME_FORMAT, ask_bounds, read_bounds
from elasticsearch_metrics.recordtype.timeseries import TimestampedRecord, utcnow
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.statistics.field import StatisticsError, require_countable
from elasticsearch_metrics.statistics.result import Bucket, Histogram, TopValues, Totals, ValueCount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from djelme.contracts import Aggregated
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
)

#: Most periods in a histogram.
MAX_BUCKETS = 10_000
#: Most values that can be asked for.
MAX_VALUES = 1_000
#: How many values each shard tells of: so many different ones are ranked without error.
_SHARD_VALUES = 1_000
#: How many distinct values are counted exactly; beyond, the server estimates.
EXACT_VALUES = 3_000

_UTC = datetime.timezone.utc
_FOREVER = datetime.datetime.max.replace(microsecond=999_000, tzinfo=_UTC)
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
    ) -> None:
        self.recordtype = recordtype
        self.start, self.end = parse_range(
            BEGINNING if from_when is None else from_when,
            _FOREVER if until_when is None else until_when,
        )
        self._has_range = from_when is not None or until_when is not None
        if self._has_range:
            self._require_time()
        self._using = using
        self._timeout = timeout

    @property
    def label(self) -> str:
        """The record type's name for people."""
        return self.recordtype.djelme.label

    @cached_property
    def placement(self) -> Placement:
        """Names and backend of the record type."""
        return djelme_registry.placement(self.recordtype, self._using)

    def totals(self) -> Totals:
        """Return how many records there are, and the times of the first and last of them.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part
                of the answer only.
        """
        time_field: str | None = self.recordtype.TIME_FIELD
        if time_field is None:
            return Totals(self._aggregate({}).total)
        answer = self._aggregate(ask_bounds(time_field))
        return Totals(answer.total, *read_bounds(answer.results))

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
        chosen = _interval(interval)
        is_bounded = self.start != BEGINNING and self.end != _FOREVER
        if is_bounded:
            self._require_few(chosen, self.start, self.end)
        elif chosen.length and chosen.length < _DAY:
            # Asked beforehand, since version 6 would make as many buckets as there are.
            totals = self.totals()
            if totals.oldest is not None and totals.newest is not None:
                self._require_few(chosen, totals.oldest, totals.newest)
        parameters = {
            "field": time_field,
            "calendar_interval": chosen.name,
            "min_doc_count": 1,
        }
        answer = self._aggregate({"periods": {"date_histogram": parameters}})
        found = dict(_buckets(answer.results.get("periods", {})))
        start, end = self._histogram_range(chosen, found, is_bounded=is_bounded)
        self._require_few(chosen, start, end)
        return Histogram(
            chosen,
            tuple(
                Bucket(moment, found.get(moment, 0), self._is_cut(chosen, moment))
                for moment in chosen.each(start, end)
            ),
            answer.total,
            answer.total - sum(found.values()),
        )

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
        if not 1 <= number <= MAX_VALUES:
            msg = f"the number of values should be from 1 to {MAX_VALUES:,}, not {number}"
            raise StatisticsError(msg)
        kind = require_countable(self.recordtype, field)
        of_values: dict[str, Any] = {
            "field": field,
            "size": number,
            "shard_size": max(_SHARD_VALUES, 2 * number),
        }
        if kind in DATE_TYPES:
            of_values["format"] = TIME_FORMAT
        answer = self._aggregate(
            {
                "values": {"terms": of_values},
                "missing": {"missing": {"field": field}},
                "distinct": {"cardinality": {"field": field, "precision_threshold": EXACT_VALUES}},
            }
        )
        if not answer.results:  # there is no index
            return TopValues(field, (), 0, 0, 0, 0, 0)
        values = answer.results["values"]
        return TopValues(
            field,
            tuple(
                ValueCount(_value(kind, bucket), bucket["doc_count"])
                for bucket in values["buckets"]
            ),
            answer.total,
            answer.results["missing"]["doc_count"],
            answer.results["distinct"]["value"],
            values["sum_other_doc_count"],
            values["doc_count_error_upper_bound"],
        )

    def best_interval(self, totals: Totals, periods: int = 60) -> Interval:
        """Return the finest interval that cuts the time of some records into few periods.

        Args:
            totals: of the records.
            periods: most periods.
        """
        if totals.oldest is None or totals.newest is None:
            return INTERVALS["day"]
        start = totals.oldest if self.start == BEGINNING else self.start
        end = totals.newest if self.end == _FOREVER else self.end
        fitting = [found for found in INTERVALS.values() if found.count(start, end) <= periods]
        return fitting[-1] if fitting else INTERVALS["year"]

    def _aggregate(self, aggregations: Mapping[str, Any]) -> Aggregated:
        placement, query = self.placement, None
        expressions = placement.all_indexes()
        if self._has_range and issubclass(self.recordtype, TimestampedRecord):
            expressions = placement.cover(self.start, self.end)
            query = self.recordtype.time_query(self.start, self.end)
        query = self.recordtype.visible_query(query, self._using)
        backend = placement.backend
        answer = backend.aggregate(expressions, aggregations, query=query, timeout=self._timeout)
        if answer.problem:
            raise IncompleteAnswerError(
                backend=backend.name, indexes=expressions, reason=answer.problem
            )
        return answer

    def _histogram_range(
        self,
        interval: Interval,
        found: Mapping[datetime.datetime, int],
        *,
        is_bounded: bool,
    ) -> tuple[datetime.datetime, datetime.datetime]:
        if is_bounded:
            return self.start, self.end
        if not found:
            return _EPOCH, _EPOCH
        return min(found), interval.next(max(found))

    def _is_cut(self, interval: Interval, start: datetime.datetime) -> bool:
        """Return whether a period begins before the range, or isn't over by its end or by now."""
        return start < self.start or interval.next(start) > min(self.end, utcnow())

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


def _interval(given: str | Interval) -> Interval:
    if isinstance(given, Interval):
        return given
    found = INTERVALS.get(given)
    if found is None:
        msg = f"there is no interval {given[:80]!r} {choices(given, INTERVALS)}"
        raise StatisticsError(msg)
    return found


def _buckets(periods: Mapping[str, Any]) -> Iterator[tuple[datetime.datetime, int]]:
    for bucket in periods.get("buckets", ()):
        try:
            start = _EPOCH + datetime.timedelta(milliseconds=bucket["key"])
        except OverflowError:
            continue  # beyond the times that a record can have: counted as without time
        yield start, bucket["doc_count"]


def _value(kind: str, bucket: Mapping[str, Any]) -> Any:
    if kind == "boolean":
        return bucket["key_as_string"] == "true"
    if kind in DATE_TYPES:
        return parse_timestamp(bucket["key_as_string"])
    return bucket["key"]
