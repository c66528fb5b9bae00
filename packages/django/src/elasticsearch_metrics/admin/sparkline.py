"""Small lines of the last days, for a list of record types."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.errors import DjelmeError
from djelme.interval import INTERVALS
from elasticsearch_metrics.admin.chart import SPARK_HEIGHT, SPARK_WIDTH, sparkline
from elasticsearch_metrics.backend.completeness import incompleteness
from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.recordtype.cyclic import CycleRecord
from elasticsearch_metrics.recordtype.timeseries import TimestampedRecord
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.statistics.aggregation import ask_periods, read_periods

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.health.probe import Reach

__all__ = ("Sparkline", "read_sparklines")

_DAYS = 30


@dataclass(frozen=True)
class Sparkline:
    """Numbers of records by day.

    Attributes:
        records: their sum.
        path: the line.
        width: of the picture, in pixels.
        height: likewise.
    """

    records: int
    path: str
    width: int = SPARK_WIDTH
    height: int = SPARK_HEIGHT


def read_sparklines(
    recordtypes: Iterable[type[RecordType]], reaches: Mapping[str, Reach], now: datetime.datetime
) -> dict[str, Sparkline]:
    """Return the last days of record types by their labels, by one request to each backend.

    Types that can't be counted so are left out: without a time, of cycles, or if something fails.

    Args:
        recordtypes: the record types.
        reaches: whether their backends answer; one that doesn't isn't asked.
        now: the present moment.
    """
    end = INTERVALS["day"].next(INTERVALS["day"].floor(now))
    start = end - datetime.timedelta(days=_DAYS)
    asked: dict[str, list[Any]] = {}
    for recordtype in recordtypes:
        if not issubclass(recordtype, TimestampedRecord) or issubclass(recordtype, CycleRecord):
            continue
        try:
            name = djelme_registry.backend_name_for(recordtype)
        except DjelmeError:  # its summary says so
            continue
        if name in reaches and not reaches[name].problem:
            asked.setdefault(name, []).append(recordtype)
    found: dict[str, Sparkline] = {}
    for name, of_backend in asked.items():
        try:
            backend = djelme_registry.get_backend(name)
            if isinstance(backend, RestBackend):
                found |= _read(backend, of_backend, start, end)
        except DjelmeError:  # the figures of the list say what is wrong
            continue
    return found


def _read(
    backend: RestBackend,
    recordtypes: list[Any],
    start: datetime.datetime,
    end: datetime.datetime,
) -> dict[str, Sparkline]:
    """Return the last days of some record types of a backend.

    Raises:
        djelme.errors.DjelmeError: if it can't be asked.
    """
    day = INTERVALS["day"]
    searches = [
        (
            djelme_registry.placement(recordtype).cover(start, end),
            {
                "size": 0,
                "query": recordtype.time_query(start, end),
                "aggs": {"days": ask_periods(recordtype.TIME_FIELD, day)},
            },
        )
        for recordtype in recordtypes
    ]
    found = {}
    for recordtype, answer in zip(recordtypes, backend.search_many(searches), strict=True):
        if "error" in answer or incompleteness(answer):
            continue
        numbers = read_periods(answer.get("aggregations", {}).get("days", {}))
        line = [numbers.get(moment, 0) for moment in day.each(start, end)]
        found[recordtype.djelme.label] = Sparkline(sum(line), sparkline(line))
    return found
