"""Records of moments, in indexes by time."""

from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING, Any

from djelme.timeparts import format_timestamp, parse_range, to_utc
from elasticsearch_metrics.records import BaseRecord
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("TimestampedRecord", "utcnow")


def utcnow() -> datetime.datetime:
    """Return the present moment in UTC, in whole milliseconds."""
    milliseconds = time.time_ns() // 1_000_000
    return datetime.datetime.fromtimestamp(milliseconds / 1_000, datetime.timezone.utc)


class TimestampedRecord(BaseRecord):
    """A record of a moment: its ``timestamp``, in UTC and whole milliseconds, tells its index."""

    @classmethod
    def index_name(cls, values: Mapping[str, Any], using: str | None = None) -> str:
        """Return the name of the index for the time of a record, in UTC."""
        timestamp = values.get("timestamp")
        if not isinstance(timestamp, datetime.datetime):
            cls.djelme.validator.fields["timestamp"].fail(timestamp)
        return djelme_registry.placement(cls, using).naming.index_name(to_utc(timestamp))

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
        start, end = parse_range(from_when, until_when)
        placement = djelme_registry.placement(cls, using)
        return cls._search(placement.backend, placement.cover(start, end)).filter(
            "range", timestamp={"gte": format_timestamp(start), "lt": format_timestamp(end)}
        )
