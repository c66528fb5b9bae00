"""Why an index must not be deleted although its name says that it has expired."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendRefusedError, DjelmeError, IncompleteAnswerError
from djelme.timeparts import to_utc
from elasticsearch_metrics.index.time_bound import BEGINNING
from elasticsearch_metrics.lifecycle.report_guard import report_blocker
from elasticsearch_metrics.recordtype.timeseries import TimestampedRecord
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.index.placement import Placement

__all__ = ("deletion_blocker",)


def deletion_blocker(placement: Placement, name: str, cutoff: datetime.datetime) -> str:
    """Return why an index that has expired by its name must not be deleted; empty for no reason."""
    try:
        names = (name, *placement.backend.list_aliases((name,)).get(name, ()))
    except BackendRefusedError as error:
        return f"its aliases can't be read ({error.reason})"
    if not any(map(placement.naming.owns, names)):
        return "neither its name nor an alias is one of the type's"
    for each in names:
        rival = _rival(placement, each)
        if rival is not None:
            what = "name" if each == name else f"alias {each}"
            return f"its {what} may be one of {rival.djelme.label}, too"
    try:
        return _blocking_documents(placement, name, cutoff) or report_blocker(placement, names)
    except (BackendRefusedError, IncompleteAnswerError) as error:
        return f"it can't be searched ({error.reason})"


def _blocking_documents(placement: Placement, name: str, cutoff: datetime.datetime) -> str:
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
    over = recordtype.time_query(BEGINNING, cutoff)
    backend.require_available((name,))
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


def _rival(placement: Placement, name: str) -> type[RecordType] | None:
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
