"""Records that have a time, in indexes by time."""

from __future__ import annotations

import contextlib
import datetime
from time import time_ns
from typing import TYPE_CHECKING, Any, ClassVar

from djelme.errors import RecordTypeError
from djelme.timeparts import format_timestamp, parse_range, parse_when, to_utc
from elasticsearch_metrics.declaration.field import mapped_field
from elasticsearch_metrics.declaration.mixin import record_mixin
from elasticsearch_metrics.recordtype.base import BaseRecord
from elasticsearch_metrics.recordtype.published_query import parts_of
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.util.timeparts import serialize_timeparts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from elasticsearch_metrics.declaration.contract import Place

__all__ = (
    "ChosenTimeRecord",
    "MomentRecord",
    "OwnTimeRecord",
    "TimestampedRecord",
    "utcnow",
)

#: The field in which django-elasticsearch-metrics 2026.0 stored a record's time, of the type
#: ``version``: "2026.2.14.9.30.0".
PUBLISHED_FIELD = "timeseries_timeparts"
#: The last parts of time that say nothing: 2026.1.1.0 is 2026.
_FIRST = (1, 1, 1, 0, 0, 0)
_SECOND = datetime.timedelta(seconds=1)
_UTC = datetime.timezone.utc
_from_timestamp = datetime.datetime.fromtimestamp


def utcnow() -> datetime.datetime:
    """Return the present moment in UTC, in whole milliseconds."""
    return _from_timestamp(time_ns() // 1_000_000 / 1_000, _UTC)


class TimestampedRecord(BaseRecord):
    """A record of a moment: its ``timestamp``, in UTC and whole milliseconds, tells its index."""

    TIME_FIELD: ClassVar[str] = "timestamp"

    @classmethod
    def index_name(cls, values: Mapping[str, Any], placement: Place) -> str:
        """Return the name of the index for the time of a record, in UTC."""
        when = values.get(cls.TIME_FIELD)
        if not isinstance(when, datetime.datetime):
            cls.djelme.validator.fields[cls.TIME_FIELD].fail(when)
        return placement.naming.index_name(when if when.tzinfo is _UTC else to_utc(when))

    def get_timeseries_timeparts(self) -> Any:
        """Return the parts of the record's time, from year to second, in UTC."""
        when = to_utc(self.get_values()[self.TIME_FIELD])
        return (when.year, when.month, when.day, when.hour, when.minute, when.second)

    @property
    def timeseries_timeparts(self) -> str:
        """The parts of the record's time as django-elasticsearch-metrics 2026.0 wrote them."""
        return serialize_timeparts(self.get_timeseries_timeparts())

    @classmethod
    def restored(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return stored values with their time at its place of today."""
        published = values.pop(PUBLISHED_FIELD, None)
        if isinstance(published, str) and cls.TIME_FIELD not in values:
            with contextlib.suppress(ValueError):  # somebody else wrote it
                parts = tuple(int(part) for part in published.rstrip(".").split("."))
                values[cls.TIME_FIELD] = parse_when(parts)
        return super().restored(values)

    @classmethod
    def search_timeseries_range(
        cls, from_when: object, until_when: object, using: str | None = None
    ) -> Any:
        """Return a search over the records from one moment until just before another.

        The range is exact to the millisecond, whatever periods the indexes are for.

        Args:
            from_when: first moment: a tuple such as (2026, 11), a date, a datetime, or a str such
                as "2026-11". In UTC unless it says otherwise.
            until_when: first moment after the range, in the same forms.
            using: name of a backend, in place of the type's own.

        Raises:
            TypeError: if a bound is nothing of the kind.
            ValueError: if a bound is empty or impossible, or the range ends before it begins.
        """
        return cls._range_search(from_when, until_when, using, asynchronous=False)

    @classmethod
    def asearch_timeseries_range(
        cls, from_when: object, until_when: object, using: str | None = None
    ) -> Any:
        """Return an asynchronous search; see `search_timeseries_range` and `DslRecord.asearch`."""
        return cls._range_search(from_when, until_when, using, asynchronous=True)

    @classmethod
    def _range_search(
        cls, from_when: object, until_when: object, using: str | None, *, asynchronous: bool
    ) -> Any:
        start, end = parse_range(from_when, until_when)
        placement = djelme_registry.placement(cls, using)
        expressions = placement.cover(start, end)
        search = cls._search(placement.backend, expressions, asynchronous=asynchronous)
        return cls._filter_time(search, start, end)

    @classmethod
    def _filter_time(cls, search: Any, start: datetime.datetime, end: datetime.datetime) -> Any:
        """Return a search for those of its records that are in a range of time."""
        return search.filter(cls.time_query(start, end))

    @classmethod
    def field_queries(cls) -> dict[str, Callable[[str, Any], dict[str, Any] | None]]:
        """Return what searches ask in place of queries on fields that used to be otherwise."""
        return {PUBLISHED_FIELD: cls._published_query}

    @classmethod
    def _published_query(cls, kind: str, asked: Any) -> dict[str, Any] | None:
        """Return the query on the time that a query on the published field means."""
        if kind != "range" or not isinstance(asked, dict):
            return None
        bounds: dict[str, Any] = {}
        for name, value in asked.items():
            parts = parts_of(value)
            if parts is None:
                return None
            try:
                bounds[name] = format_timestamp(parse_when(parts))
            except ValueError:
                return None
        either = [{"range": {PUBLISHED_FIELD: asked}}, {"range": {cls.TIME_FIELD: bounds}}]
        return {"bool": {"should": either, "minimum_should_match": 1}}

    @classmethod
    def time_field_types(cls) -> dict[str, tuple[str, ...]]:
        """Return the fields that `time_query` asks for, and the types that it can ask."""
        return {cls.TIME_FIELD: ("date", "date_nanos")}

    @classmethod
    def time_query(cls, start: datetime.datetime, end: datetime.datetime) -> dict[str, Any]:
        """Return the query for records in a range of time, as Elasticsearch takes it.

        Args:
            start: first moment, in UTC.
            end: first moment after the range, in UTC.
        """
        bounds = {"gte": format_timestamp(start), "lt": format_timestamp(end)}
        return {"range": {cls.TIME_FIELD: bounds}}


@record_mixin
class MomentRecord(TimestampedRecord):
    """Something that happened at a moment.

    Attributes:
        timestamp: when, in UTC and whole milliseconds; now unless given. Times with a zone are
            converted, naive ones are taken as UTC.
    """

    timestamp: datetime.datetime = mapped_field(default_factory=utcnow)


class OwnTimeRecord(TimestampedRecord):
    """A record whose class says what its time is.

    The time is stored in ``timeseries_start``: the moment, in UTC, at which what the record is
    about begins.
    """

    TIME_FIELD: ClassVar[str] = "timeseries_start"

    if TYPE_CHECKING:
        timeseries_start: datetime.datetime | None

    def get_timeseries_timeparts(self) -> Any:
        """Return the record's time; record types override it.

        Returns:
            A tuple of year, month, day, hour, minute and second (at least the year), a date, a
            datetime, or a str such as "2026-11". In UTC unless it says otherwise.
        """
        msg = "a record type with its own time has to define get_timeseries_timeparts()"
        raise RecordTypeError(msg, recordtype=type(self).__name__)

    @property
    def timeseries_timeparts(self) -> str:
        """The parts of the record's time as django-elasticsearch-metrics 2026.0 wrote them."""
        given = self.get_timeseries_timeparts()
        if isinstance(given, (tuple, list)):
            return serialize_timeparts(given)
        when = parse_when(given)
        return serialize_timeparts(
            (when.year, when.month, when.day, when.hour, when.minute, when.second)
        )

    def clean(self) -> None:
        """Fill ``timeseries_start``."""
        super().clean()
        given = self.get_timeseries_timeparts()
        try:
            self.timeseries_start = parse_when(given, name="the record's time")
        except (TypeError, ValueError) as error:
            field = self.djelme.validator.fields[self.TIME_FIELD]
            field.fail(given, f"a time from get_timeseries_timeparts() ({error})")

    @classmethod
    def time_field_types(cls) -> dict[str, tuple[str, ...]]:
        """Return the fields that `time_query` asks for, and the types that it can ask."""
        return {**super().time_field_types(), PUBLISHED_FIELD: ("version",)}

    @classmethod
    def time_query(cls, start: datetime.datetime, end: datetime.datetime) -> dict[str, Any]:
        """Return the query for records in a range of time, as Elasticsearch takes it.

        Each index has one of two fields for it; the other one matches nothing there.
        """
        published = {"gte": _published(start), "lt": _published(end)}
        either = [super().time_query(start, end), {"range": {PUBLISHED_FIELD: published}}]
        return {"bool": {"should": either, "minimum_should_match": 1}}


@record_mixin
class ChosenTimeRecord(OwnTimeRecord):
    """Something at a time of your own choice: define ``get_timeseries_timeparts``.

    Attributes:
        timeseries_start: the record's time, in UTC and whole milliseconds; filled when it is
            stored.
    """

    timeseries_start: datetime.datetime | None = mapped_field(init=False)


def _published(bound: datetime.datetime) -> str:
    """Return a bound of a range as a version that sorts before all times from it on.

    Times were stored in whole seconds, and with fewer parts where there were no more, so a bound
    has only the parts that it needs: 2026.2 is before 2026.2.1.0.0.0.
    """
    if bound.microsecond:
        bound = bound.replace(microsecond=0) + _SECOND
    parts = [bound.year, bound.month, bound.day, bound.hour, bound.minute, bound.second]
    while len(parts) > 1 and parts[-1] == _FIRST[len(parts) - 1]:
        parts.pop()
    return serialize_timeparts(parts)
