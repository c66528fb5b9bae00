"""The usage of one item."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.statistics.result import RECORDS, FigureSource

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("Usage",)


@dataclass(frozen=True)
class Usage:
    """How often an item was used.

    Attributes:
        total: number of records.
        unique: number of different values of the field that tells sessions; None without one, or
            where a report stands for records that are deleted, as it can't tell it.
        by_action: numbers of records by action, most frequent first, at most ten of them.
        other_actions: number of records with actions that are not in ``by_action``.
        since: time of the first record that was counted, in UTC; None if there is none, or no time,
            or if the report that stands for it doesn't have it.
        as_of: when it was counted, in UTC.
        unique_is_approximate: whether ``unique`` is an estimate, as Elasticsearch's ``cardinality``
            aggregation gives it.
        source: where it comes from: the records, and a report in the place of deleted ones.
        is_stale: whether it is the last known usage, since the cluster doesn't answer.
    """

    total: int = 0
    unique: int | None = None
    by_action: Mapping[str, int] = field(default_factory=dict)
    other_actions: int = 0
    since: datetime.datetime | None = None
    as_of: datetime.datetime = field(default_factory=utcnow)
    unique_is_approximate: bool = False
    is_stale: bool = False
    source: FigureSource = RECORDS

    @property
    def age(self) -> datetime.timedelta:
        """How long ago it was counted."""
        return max(utcnow() - self.as_of, datetime.timedelta())
