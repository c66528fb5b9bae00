"""The indexes of record types: what is in them, when they expire, and how they are deleted.

An index is deleted only if everything says so: its name is one of the type's own and of nobody
else's, the period that it stands for has expired, and a search finds no document in it that isn't.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendRefusedError
from djelme.log_field import log_fields
from djelme.retention import Retention
from elasticsearch_metrics.index.time_bound import ask_bounds, read_bounds
from elasticsearch_metrics.lifecycle.deletion_guard import deletion_blocker
from elasticsearch_metrics.recordtype.timeseries import TimestampedRecord
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping

    from djelme.contracts import IndexStatus
    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("ExpiredIndex", "IndexReport", "delete_expired", "find_expired", "report_indexes")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class IndexReport:
    """One index of a record type.

    Attributes:
        name: its name.
        documents: number of documents that searches can see.
        bytes: size of its primary shards on disk, in bytes.
        shards: number of its primary shards.
        oldest: time of its oldest record, in UTC; None if there is none with a time.
        newest: time of its newest record.
        expiry: from when on it may be deleted, in UTC; None for an index that is kept for ever.
        is_expired: whether that is so at the moment of the report.
    """

    name: str
    documents: int
    bytes: int
    shards: int
    oldest: datetime.datetime | None = None
    newest: datetime.datetime | None = None
    expiry: datetime.datetime | None = None
    is_expired: bool = False


@dataclass(frozen=True)
class ExpiredIndex:
    """An index that has expired by its name.

    Attributes:
        report: what is in it.
        blocker: why it is kept all the same, in words; empty if it may be deleted.
    """

    report: IndexReport
    blocker: str = ""


def report_indexes(
    recordtype: type[RecordType],
    now: datetime.datetime,
    *,
    using: str | None = None,
    timeout: float | None = None,
    with_times: bool = True,
) -> list[IndexReport]:
    """Return what is in the indexes of a record type, oldest first, by two requests at most.

    Args:
        recordtype: the record type.
        now: the present moment; naive ones are UTC.
        using: name of a backend, in place of the type's own.
        timeout: how long the search for oldest and newest records may take, in seconds.
        with_times: whether to search for them, which takes the longer the more records there are.

    Raises:
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    found = list(recordtype.each_existing_index(using))
    retention = _retention_of(recordtype)
    names = [status.name for status in found] if with_times else []
    bounds = _bounds(recordtype, names, using, timeout)
    return [_report(status, bounds.get(status.name, {}), retention, now) for status in found]


def find_expired(
    recordtype: type[RecordType], now: datetime.datetime, *, using: str | None = None
) -> list[ExpiredIndex]:
    """Return the indexes of a record type that have expired by their names, oldest first.

    Each of them was searched for records that are still within their time.

    Args:
        recordtype: the record type; one without an expiration has no such indexes.
        now: the present moment; naive ones are UTC.
        using: name of a backend, in place of the type's own.

    Raises:
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    retention = _retention_of(recordtype)
    if retention is None:
        return []
    cutoff = retention.cutoff(now)
    placement = djelme_registry.placement(recordtype, using)
    return [
        ExpiredIndex(report, deletion_blocker(placement, report.name, cutoff))
        for report in report_indexes(recordtype, now, using=using)
        if report.is_expired
    ]


def delete_expired(
    recordtype: type[RecordType],
    now: datetime.datetime,
    *,
    names: Iterable[str] | None = None,
    using: str | None = None,
) -> list[ExpiredIndex]:
    """Delete the indexes of a record type that have expired, and return what became of each.

    Every index is looked at anew, immediately before it is deleted.

    Args:
        recordtype: the record type.
        now: the present moment; naive ones are UTC.
        names: only indexes of these names, such as those that somebody was asked about; all by
            default.
        using: name of a backend, in place of the type's own.

    Returns:
        The expired indexes. Those with a blocker were kept.

    Raises:
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    retention = _retention_of(recordtype)
    if retention is None:
        return []
    cutoff = retention.cutoff(now)
    placement = djelme_registry.placement(recordtype, using)
    wanted = None if names is None else frozenset(names)
    results = []
    for report in report_indexes(recordtype, now, using=using):
        if not report.is_expired or (wanted is not None and report.name not in wanted):
            continue
        blocker = deletion_blocker(placement, report.name, cutoff)
        if not blocker:
            placement.backend.delete_indexes([report.name])
            logger.info(
                "deleted index %s of %s: its records had expired before %s",
                report.name,
                recordtype.djelme.label,
                cutoff.isoformat(),
                extra=log_fields(
                    backend=placement.backend.name,
                    recordtype=recordtype.djelme.label,
                    index=report.name,
                    records=report.documents,
                ),
            )
        results.append(ExpiredIndex(report, blocker))
    return results


def _retention_of(recordtype: type[RecordType]) -> Retention | None:
    expiration = recordtype.djelme.options.expiration
    is_timed = issubclass(recordtype, TimestampedRecord)
    return Retention(expiration) if expiration is not None and is_timed else None


def _report(
    status: IndexStatus,
    bounds: Mapping[str, Any],
    retention: Retention | None,
    now: datetime.datetime,
) -> IndexReport:
    expiry = None
    if retention is not None and status.period is not None:
        expiry = retention.expiry(status.period)
    return IndexReport(
        status.name,
        status.documents,
        status.bytes,
        status.shards,
        *read_bounds(bounds),
        expiry,
        retention is not None and retention.is_expired(status.period, now),
    )


def _bounds(
    recordtype: type[RecordType], names: list[str], using: str | None, timeout: float | None
) -> dict[str, Mapping[str, Any]]:
    """Return the oldest and newest time by name of the index, by one search over all of them.

    Other indexes that the type's patterns match may make a part of the search fail; what it gives
    of the type's own indexes is taken all the same.
    """
    if not names or not issubclass(recordtype, TimestampedRecord):
        return {}
    placement = djelme_registry.placement(recordtype, using)
    aggregations = {
        "indexes": {
            "terms": {"field": "_index", "size": len(names)},
            "aggs": ask_bounds(recordtype.TIME_FIELD),
        }
    }
    try:
        answer = placement.backend.aggregate(
            placement.all_indexes(),
            aggregations,
            query={"terms": {"_index": names}},
            timeout=timeout,
        )
    except BackendRefusedError as error:
        if error.status != HTTPStatus.BAD_REQUEST:
            raise
        return {}  # In none of them is the field one of times.
    return {bucket["key"]: bucket for bucket in answer.results["indexes"]["buckets"]}
