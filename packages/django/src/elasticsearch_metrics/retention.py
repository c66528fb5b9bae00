"""The indexes of record types: what is in them, when they are over, and how they go.

An index is deleted only if everything says so: its name is one of the type's own and of nobody
else's, the period that it stands for is over, and a search finds no document in it that isn't.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendRefusedError, DjelmeError
from djelme.log_field import log_fields
from djelme.retention import Retention
from djelme.timeparts import parse_timestamp, to_utc
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.timeseries import TimestampedRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djelme.contracts import IndexStatus
    from elasticsearch_metrics.placement import Placement
    from elasticsearch_metrics.records import BaseRecord

__all__ = ("ExpiredIndex", "IndexReport", "delete_expired", "find_expired", "report_indexes")

logger = logging.getLogger(__name__)

#: The beginning of all times that a record can have.
_BEGINNING = datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)
_BAD_REQUEST = 400
#: Without parts that a format might leave out; both versions write it the same.
_FORMAT = "strict_date_time"


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
        is_over: whether that is so at the moment of the report.
    """

    name: str
    documents: int
    bytes: int
    shards: int
    oldest: datetime.datetime | None = None
    newest: datetime.datetime | None = None
    expiry: datetime.datetime | None = None
    is_over: bool = False


@dataclass(frozen=True)
class ExpiredIndex:
    """An index that is over by its name.

    Attributes:
        report: what is in it.
        objection: why it is kept all the same, in words; empty if it may be deleted.
    """

    report: IndexReport
    objection: str = ""


def report_indexes(
    recordtype: type[BaseRecord],
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
    recordtype: type[BaseRecord], now: datetime.datetime, *, using: str | None = None
) -> list[ExpiredIndex]:
    """Return the indexes of a record type that are over by their names, oldest first.

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
        ExpiredIndex(report, _objection(placement, report.name, cutoff))
        for report in report_indexes(recordtype, now, using=using)
        if report.is_over
    ]


def delete_expired(
    recordtype: type[BaseRecord],
    now: datetime.datetime,
    *,
    names: Iterable[str] | None = None,
    using: str | None = None,
) -> list[ExpiredIndex]:
    """Delete the indexes of a record type that are over, and return what became of each.

    Every index is looked at anew, immediately before it is deleted.

    Args:
        recordtype: the record type.
        now: the present moment; naive ones are UTC.
        names: only indexes of these names, such as those that somebody was asked about; all by
            default.
        using: name of a backend, in place of the type's own.

    Returns:
        The indexes that are over. Those with an objection were kept.

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
        if not report.is_over or (wanted is not None and report.name not in wanted):
            continue
        objection = _objection(placement, report.name, cutoff)
        if not objection:
            placement.backend.delete_indexes([report.name])
            logger.info(
                "deleted index %s of %s: its records were over before %s",
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
        results.append(ExpiredIndex(report, objection))
    return results


def _retention_of(recordtype: type[BaseRecord]) -> Retention | None:
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
        _moment(bounds.get("oldest")),
        _moment(bounds.get("newest")),
        expiry,
        retention is not None and retention.is_over(status.period, now),
    )


def _bounds(
    recordtype: type[BaseRecord], names: list[str], using: str | None, timeout: float | None
) -> dict[str, Mapping[str, Any]]:
    """Return the oldest and newest time by name of the index, by one search over all of them.

    Other indexes that the type's patterns match may make a part of the search fail; what it gives
    of the type's own indexes is taken all the same.
    """
    if not names or not issubclass(recordtype, TimestampedRecord):
        return {}
    placement = djelme_registry.placement(recordtype, using)
    of_time = {"field": recordtype.TIME_FIELD, "format": _FORMAT}
    aggregations = {
        "indexes": {
            "terms": {"field": "_index", "size": len(names)},
            "aggs": {"oldest": {"min": of_time}, "newest": {"max": of_time}},
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
        if error.status != _BAD_REQUEST:
            raise
        return {}  # In none of them is the field one of times.
    return {bucket["key"]: bucket for bucket in answer.results["indexes"]["buckets"]}


def _moment(found: Mapping[str, Any] | None) -> datetime.datetime | None:
    if found is None or found.get("value") is None:
        return None
    try:
        return parse_timestamp(found["value_as_string"])
    except ValueError:
        return None  # Somebody else wrote it, beyond the times that a record can have.


def _objection(placement: Placement, name: str, cutoff: datetime.datetime) -> str:
    """Return why an index that is over by its name must not be deleted; empty for no reason."""
    if not placement.naming.owns(name):
        return "its name isn't one of the type's"
    rival = _rival(placement, name)
    if rival is not None:
        return f"its name may be one of {rival.djelme.label}, too"
    try:
        return _objection_to_documents(placement, name, cutoff)
    except BackendRefusedError as error:
        return f"it can't be searched ({error.reason})"


def _objection_to_documents(placement: Placement, name: str, cutoff: datetime.datetime) -> str:
    """Return why the documents of an index must not be deleted; empty for no reason.

    All of them have to be from before the cutoff, rather than none from after it: whatever else is
    in the index isn't the type's.

    Raises:
        djelme.errors.BackendError: if they can't be searched.
    """
    recordtype, backend = placement.recordtype, placement.backend
    if not issubclass(recordtype, TimestampedRecord):
        return "its records have no time"
    wrong = _wrong_field(recordtype, backend.get_mapping(name) or {})
    if wrong:
        return wrong
    over = recordtype.time_query(_BEGINNING, cutoff)
    # Without this, records that were stored a moment ago would not be seen.
    backend.refresh((name,))
    answer = backend.aggregate((name,), {}, query={"bool": {"must_not": [over]}}, exact=True)
    if answer.problem:
        return f"it can't be searched completely ({answer.problem})"
    if answer.total:
        moment = to_utc(cutoff).isoformat(timespec="milliseconds")
        return f"{answer.total:,} of its documents aren't from before {moment}"
    return ""


def _wrong_field(recordtype: type[TimestampedRecord], mapping: Mapping[str, Any]) -> str:
    """Return which field with a time sorts otherwise than times do; empty if none does."""
    fields = mapping.get("properties", {})
    for field, right in recordtype.time_field_types().items():
        found = fields.get(field, {}).get("type", right[0])
        if found not in right:
            return f"its field {field} is of type {found}, not {right[0]}"
    return ""


def _rival(placement: Placement, name: str) -> type[BaseRecord] | None:
    """Return another record type of the site that an index may belong to.

    Backends of one imp may lead to the same cluster, so all types of the imp count.
    """
    own = placement.naming.base
    for other in djelme_registry.each_recordtype():
        if other is placement.recordtype:
            continue
        if other.djelme.imp_name != placement.recordtype.djelme.imp_name:
            continue
        for using in (None, placement.backend.name):
            with contextlib.suppress(DjelmeError):  # the system checks report it
                naming = djelme_registry.placement(other, using).naming
                begins = name == naming.base or name.startswith(f"{naming.base}_")
                if naming.owns(name) or (begins and len(naming.base) > len(own)):
                    return other
    return None
