"""Several figures about the same records by one search, and how they compare with earlier ones."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.index.time_bound import ask_bounds, read_bounds
from elasticsearch_metrics.statistics.aggregation import (
    EXACT_VALUES,
    ask_periods,
    ask_top,
    read_periods,
    read_top,
    read_value,
)
from elasticsearch_metrics.statistics.field import StatisticsError, require_countable
from elasticsearch_metrics.statistics.query import RecordStatistics, require_number
from elasticsearch_metrics.statistics.result import RECORDS, Totals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from djelme.interval import Interval
    from elasticsearch_metrics.statistics.result import FigureSource, Histogram, TopValues

__all__ = ("Earlier", "Series", "Survey", "compare", "shifts", "survey")

#: Values whose records are counted by period, and most periods that this is done for.
MAX_SERIES, MAX_SERIES_PERIODS = 5, 400
_MONTHS_A_YEAR = 12
_FULL = 100

Moment = datetime.datetime


@dataclass(frozen=True)
class Series:
    """Numbers by period beside those of all records.

    Attributes:
        value: the value of the field whose records are counted; None for unique values.
        numbers: by the first moment of the period; none where there are no records.
    """

    value: Any
    numbers: Mapping[Moment, int]


@dataclass(frozen=True)
class Survey:
    """What a search found.

    Attributes:
        histogram: records by time.
        totals: of the records in the range.
        top: the most frequent values of a field, if one was asked for.
        unique: how many different values of another field there are in all; None if not asked, or
            if the report that has the figures doesn't have it.
        unique_series: the same by period; None if there are more than `MAX_SERIES_PERIODS`, or
            likewise.
        series: the most frequent values by period.
        source: where the figures come from.
    """

    histogram: Histogram
    totals: Totals
    top: TopValues | None = None
    unique: int | None = None
    unique_series: Series | None = None
    series: tuple[Series, ...] = ()
    source: FigureSource = RECORDS


@dataclass(frozen=True)
class Earlier:
    """An earlier range of the same length, for comparison.

    Attributes:
        start: its first moment, in UTC.
        end: the first moment after it.
        records: number of records in it.
        numbers: by first moments of periods of the later range, if they were asked for.
    """

    start: Moment
    end: Moment
    records: int
    numbers: Mapping[Moment, int] = field(default_factory=dict)

    def change(self, records: int) -> float | None:
        """Return by how many percent a later number is more; None if there were none before.

        >>> Earlier(datetime.datetime.min, datetime.datetime.max, 80).change(100)
        25.0
        """
        return _FULL * (records - self.records) / self.records if self.records else None


def survey(
    statistics: RecordStatistics,
    interval: Interval,
    *,
    known: Totals | None = None,
    field: str | None = None,
    number: int = 10,
    unique: str | None = None,
    split: bool = False,
) -> Survey:
    """Return several figures about the same records, by one search.

    Args:
        statistics: whose records are counted.
        interval: length of a period.
        known: totals of the records or of more than them, if they are known.
        field: whose most frequent values are counted; None for none.
        number: how many of them.
        unique: the field whose different values are counted; None for none.
        split: whether the most frequent values are counted by period, too; `MAX_SERIES` at most.

    Raises:
        StatisticsError: if there are too many periods, if there is no such field, or if its values
            can't be counted.
        djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part of the
            answer only.
    """
    recordtype = statistics.recordtype
    time_field = recordtype.TIME_FIELD
    statistics.require_few(interval, known)
    kind = require_countable(recordtype, field) if field else ""
    asked: dict[str, Any] = {"periods": ask_periods(time_field, interval), **ask_bounds(time_field)}
    if field:
        require_number(number)
        asked |= ask_top(field, kind, number)
    is_few = _is_few(statistics, interval, known)
    if field and split and not is_few:
        msg = (
            f"values can be shown by time for at most {MAX_SERIES_PERIODS} periods; choose a "
            f"longer interval or a shorter range"
        )
        raise StatisticsError(msg)
    if field and split:
        asked["series"] = {
            "terms": {**asked["values"]["terms"], "size": MAX_SERIES},
            "aggs": {"periods": ask_periods(time_field, interval)},
        }
    if unique:
        require_countable(recordtype, unique)
        different = {"cardinality": {"field": unique, "precision_threshold": EXACT_VALUES}}
        asked["unique"] = different
        if is_few:  # each period takes memory of the server
            asked["periods"] = ask_periods(time_field, interval, {"unique": different})
    answer = statistics.aggregate(asked)
    results = answer.results
    periods = results.get("periods", {})
    has_unique = unique and (not answer.source.report or "unique" in results)
    return Survey(
        statistics.read_histogram(interval, periods, answer.total),
        Totals(answer.total, *read_bounds(results), answer.source),
        read_top(field, kind, results, answer.total) if field else None,
        results.get("unique", {}).get("value", 0) if has_unique else None,
        Series(None, read_periods(periods, "unique")) if has_unique and is_few else None,
        tuple(
            Series(read_value(kind, bucket), read_periods(bucket["periods"]))
            for bucket in results.get("series", {}).get("buckets", ())
        ),
        answer.source,
    )


def shifts(start: Moment, end: Moment) -> dict[str, datetime.timedelta | int]:
    """Return how far before a range those are that it is compared with, by their names.

    Whole months are compared with whole months, however long they are.

    Args:
        start: first moment of the range, in UTC.
        end: first moment after it, as it was asked for.

    Returns:
        For ``"before"`` and ``"year"``: a number of months, or a length of time.
    """
    months = (end.year - start.year) * _MONTHS_A_YEAR + end.month - start.month
    are_whole = all(moment == _month(moment) for moment in (start, end))
    return {"before": months if are_whole else end - start, "year": _MONTHS_A_YEAR}


def compare(
    statistics: RecordStatistics,
    histogram: Histogram,
    shown: str = "",
    queries: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Earlier]:
    """Return the earlier ranges that a range is compared with, by one search.

    What is to come of the range isn't compared, and neither is it with records that are gone,
    unless reports stand for all of them.

    Args:
        statistics: of the range; one without a beginning is compared with nothing.
        histogram: what was found in it.
        shown: name of the range whose records are counted by period, too.
        queries: what else holds for the records, as for the statistics.

    Raises:
        djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part of the
            answer only.
    """
    recordtype, interval = statistics.recordtype, histogram.interval
    start, end = statistics.start, min(statistics.end, histogram.as_of or statistics.end)
    if histogram.start is None or end <= start:
        return {}
    found = shifts(start, end if histogram.end is None else statistics.end)
    ranges = {}
    for name, shift in found.items():
        try:
            ranges[name] = (_earlier(start, shift), _earlier(end, shift))
        except (OverflowError, ValueError):
            continue  # before all times
    if not ranges:
        return {}
    aggregations = {
        name: {
            "filter": recordtype.time_query(*bounds),  # type: ignore[attr-defined] # it has time
            **(
                {"aggs": {"periods": ask_periods(recordtype.TIME_FIELD, interval)}}
                if name == shown
                else {}
            ),
        }
        for name, bounds in ranges.items()
    }
    around = RecordStatistics(
        recordtype,
        min(first for first, _last in ranges.values()),
        max(last for _first, last in ranges.values()),
        queries=[
            *queries,
            {
                "bool": {
                    "should": [asked["filter"] for asked in aggregations.values()],
                    "minimum_should_match": 1,
                }
            },
        ],
        reports="none" if statistics.reports == "none" else "kept",
    )
    answer = around.aggregate(aggregations)
    if answer.source.missing:
        return {}
    results = answer.results
    starts = [bucket.start for bucket in histogram.buckets if bucket.start < end]
    compared = {}
    for name, bounds in ranges.items():
        result = results.get(name, {})
        by_period = read_periods(result.get("periods", {}))
        numbers = {
            moment: by_period.get(interval.floor(_earlier(moment, found[name])), 0)
            for moment in (starts if name == shown else ())
        }
        compared[name] = Earlier(*bounds, result.get("doc_count", 0), numbers)
    return compared


def _is_few(statistics: RecordStatistics, interval: Interval, known: Totals | None) -> bool:
    """Return whether there are at most `MAX_SERIES_PERIODS` periods, as far as that is known."""
    start, end = statistics.start, statistics.end
    if known is not None and known.oldest is not None and known.newest is not None:
        start, end = max(start, known.oldest), min(end, known.newest)
    elif None in statistics.bounds:
        return True  # there is nothing, or nobody knows
    return interval.count(start, end) <= MAX_SERIES_PERIODS


def _earlier(moment: Moment, shift: datetime.timedelta | int) -> Moment:
    """Return a moment so much earlier; on the last day of a month that is shorter."""
    if isinstance(shift, datetime.timedelta):
        return moment - shift
    year, month = divmod(moment.year * _MONTHS_A_YEAR + moment.month - 1 - shift, _MONTHS_A_YEAR)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _month(moment: Moment) -> Moment:
    return datetime.datetime(moment.year, moment.month, 1, tzinfo=moment.tzinfo)
