"""The figures that statistics give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime

    from djelme.interval import Interval

__all__ = ("Bucket", "Histogram", "TopValues", "Totals", "ValueCount")


@dataclass(frozen=True)
class Totals:
    """How many records there are.

    Attributes:
        records: their number.
        oldest: time of the oldest one, in UTC; None if there is none with a time.
        newest: time of the newest one.
    """

    records: int
    oldest: datetime.datetime | None = None
    newest: datetime.datetime | None = None


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
