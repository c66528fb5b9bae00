"""What became of documents that were sent, by the answers of Elasticsearch."""

from __future__ import annotations

import re
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from djelme.operation import NEW_DOCUMENT, Outcome
from elasticsearch_metrics.backend.answer import reason_of
from elasticsearch_metrics.backend.record_fault import is_repairable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from djelme.errors import BackendRefusedError
    from djelme.operation import Operation
    from elasticsearch_metrics.backend.record_fault import RecordFault

__all__ = ("all_new", "many_outcomes", "refused_outcome")

#: An index that takes nothing, as when the disk is nearly full. Since 7.8 it gets the status of a
#: server that is busy, which it isn't: others go on.
_BLOCKED = "cluster_block_exception"
#: ``[id]: version conflict, ...``; Elasticsearch 6 has the mapping type before it.
_CONFLICT_ID = re.compile(r"\[([^\[\]]+)\]: version conflict")


def refused_outcome(operation: Operation, error: BackendRefusedError) -> Outcome:
    """Return the outcome of a document whose id is there already; other errors go on."""
    if operation.conflict_is_stored and error.status == HTTPStatus.CONFLICT:
        return Outcome(HTTPStatus.CONFLICT.value, created=False)
    raise error


def all_new(operations: Sequence[Operation]) -> list[Outcome]:
    """Return the outcomes of documents that were created without any error."""
    return [NEW_DOCUMENT] * len(operations)


def many_outcomes(
    operations: Sequence[Operation],
    answer: Mapping[str, Any],
    earlier: Mapping[str, Any] | None = None,
    *,
    record_faults: Sequence[RecordFault] = (),
) -> list[Outcome]:
    """Return the outcomes of documents from the answer to their bulk, in the same order.

    Args:
        operations: what was sent.
        answer: what was answered for each of them.
        earlier: the answer to the same bulk just before, with nothing but errors: what it has no
            conflict for was created by it, if it is there now.
        record_faults: errors that are known to be a record's own.
    """
    conflicts = None if earlier is None else _conflicts(earlier)
    outcomes, created = [], HTTPStatus.CREATED
    for item, operation in zip(answer["items"], operations, strict=True):
        (result,) = item.values()
        outcomes.append(
            NEW_DOCUMENT
            if result["status"] == created
            else _outcome(result, operation, conflicts, record_faults)
        )
    return outcomes


def _conflicts(answer: Mapping[str, Any]) -> Counter[str]:
    """Return how often each id is in conflict; every supported version names it in the reason."""
    errors = [result.get("error") for item in answer.get("items", ()) for result in item.values()]
    found = [_CONFLICT_ID.search(reason_of(error)) for error in errors if error]
    return Counter(match[1] for match in found if match)


def _outcome(
    item: Mapping[str, Any],
    operation: Operation,
    conflicts: Counter[str] | None,
    record_faults: Sequence[RecordFault],
) -> Outcome:
    status: int = item["status"]
    if status < HTTPStatus.BAD_REQUEST:
        return Outcome(status, None, status == HTTPStatus.CREATED)
    if status == HTTPStatus.CONFLICT and operation.conflict_is_stored:
        if conflicts is not None:
            conflicts[operation.id] -= 1
            if conflicts[operation.id] < 0:
                return NEW_DOCUMENT
        return Outcome(status, None, False)
    error = item.get("error")
    is_blocked = isinstance(error, dict) and error.get("type") == _BLOCKED
    if status == HTTPStatus.TOO_MANY_REQUESTS and is_blocked:
        status = HTTPStatus.FORBIDDEN.value
    waits = is_repairable(status, error, record_faults)
    return Outcome(status, reason_of(error), False, waits)
