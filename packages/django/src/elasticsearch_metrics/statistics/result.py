"""The figures that statistics give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from djelme.interval import Interval
    from elasticsearch_metrics.report import BuiltCycle

__all__ = (
    "RECORDS",
    "Bucket",
    "FigureSource",
    "Histogram",
    "TopValues",
    "Totals",
    "ValueCount",
)


@dataclass(frozen=True)
class FigureSource:
    """Where figures come from: the records, and a report in the place of some of them.

    Attributes:
        report: label of the report; empty if all comes from the records.
        built: when the first built of its cycles was built, in UTC.
        start: first moment of the oldest cycle that comes from the report, in UTC.
        end: first moment after the newest one.
        cycles: how many cycles come from it; what isn't in one of them comes from the records.
        kept: how many of these are of records that are deleted.
        missing: of how many cycles the records seem to be gone, and no report could stand for them.
    """

    report: str = ""
    built: datetime.datetime | None = None
    start: datetime.datetime | None = None
    end: datetime.datetime | None = None
    cycles: int = 0
    kept: int = 0
    missing: int = 0

    @classmethod
    def of(cls, report: str, cycles: Sequence[BuiltCycle], missing: int) -> FigureSource:
        """Return the source of figures from some cycles of a report, oldest first."""
        return cls(
            report,
            min(found.built for found in cycles),
            cycles[0].cycle.start,
            cycles[-1].cycle.end,
            len(cycles),
            sum(found.is_kept for found in cycles),
            missing,
        )


#: Figures that come from the records alone.
RECORDS = FigureSource()


@dataclass(frozen=True)
class Totals:
    """How many records there are.

    Attributes:
        records: their number.
        oldest: time of the oldest one, in UTC; None if there is none with a time, or if the report
            that has the figures doesn't have it.
        newest: time of the newest one; likewise.
        source: where the figures come from.
    """

    records: int
    oldest: datetime.datetime | None = None
    newest: datetime.datetime | None = None
    source: FigureSource = RECORDS


@dataclass(frozen=True)
class Bucket:
    """One period of a histogram.

    Attributes:
        start: its first moment, in UTC.
        records: number of records in it.
        is_partial: whether the range that was asked for, or the present, ends within it, so that
            it can't be compared with others.
    """

    start: datetime.datetime
    records: int
    is_partial: bool = False


@dataclass(frozen=True)
class Histogram:
    """Records by time.

    Attributes:
        interval: length of a period.
        buckets: its periods in the order of time, also those without records between others.
        records: number of all records.
        untimed: those of them that have no time in the field that the type has it in today.
        start: first moment of the range that was asked for, in UTC; None for the beginning.
        end: first moment after it; None for no end.
        as_of: when it was counted; later periods are left out unless they have records.
    """

    interval: Interval
    buckets: tuple[Bucket, ...]
    records: int
    untimed: int = 0
    start: datetime.datetime | None = None
    end: datetime.datetime | None = None
    as_of: datetime.datetime | None = None


@dataclass(frozen=True)
class ValueCount:
    """One value of a field.

    Attributes:
        value: a str, a number, a bool or a datetime.
        records: number of records that have it.
    """

    value: Any
    records: int


@dataclass(frozen=True)
class TopValues:
    """The most frequent values of a field.

    Attributes:
        field: its name.
        values: most frequent first.
        records: number of all records.
        missing: those of them without a value.
        distinct: number of different values; an estimate if there are thousands.
        others: how many times values occur that are not among `values`.
        error: at most how much too low a count may be, where an index is spread over shards.
    """

    field: str
    values: tuple[ValueCount, ...]
    records: int
    missing: int
    distinct: int
    others: int
    error: int
