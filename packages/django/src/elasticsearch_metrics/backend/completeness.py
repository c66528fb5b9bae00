"""Whether an answer of Elasticsearch tells of all documents that there are.

A search or a count may succeed although some shards gave no answer, and before version 7.11 those
without any node don't even count as failed: so what counts is how many were successful.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.errors import IncompleteAnswerError
from elasticsearch_metrics.backend.answer import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = (
    "STRICT",
    "incompleteness",
    "require_complete",
    "require_read",
    "require_refreshed",
    "unavailable_shards",
)

#: Parameter of searches whose answer may not lack a shard; scrolls and counts don't know it.
STRICT = {"allow_partial_search_results": "false"}
_ACTIVE = frozenset({"STARTED", "RELOCATING"})


def incompleteness(answer: Mapping[str, Any]) -> str:
    """Return why the answer to a search or a count lacks some documents; empty if it lacks none."""
    shards = answer["_shards"]
    silent = shards["total"] - shards["successful"]  # failed ones, and those without any node
    if silent or shards["failed"]:
        failures = shards.get("failures") or [{}]
        reason = reason_of(failures[0].get("reason", "they are on no node"))
        numbers = sorted({each["shard"] for each in failures if "shard" in each})
        which = f" (among them {', '.join(map(str, numbers))})" if numbers else ""
        number = max(silent, shards["failed"])
        return f"{number} of {shards['total']} shards{which} gave no answer: {reason}"
    if answer.get("timed_out"):
        return "the search took too long"
    return "the search ended early" if answer.get("terminated_early") else ""


def require_complete(backend: str, indexes: Sequence[str], answer: Mapping[str, Any]) -> None:
    """Check that the answer to a search or a count lacks no documents.

    Raises:
        djelme.errors.IncompleteAnswerError: if it does.
    """
    reason = incompleteness(answer)
    if reason:
        raise IncompleteAnswerError(backend=backend, indexes=indexes, reason=reason)


def require_read(backend: str, index: str, documents: Iterable[Mapping[str, Any]]) -> None:
    """Check that documents asked for by their ids were either found or are not there.

    Raises:
        djelme.errors.IncompleteAnswerError: if that isn't known of one.
    """
    for document in documents:
        if "error" in document:
            reason = reason_of(document["error"])
            raise IncompleteAnswerError(backend=backend, indexes=[index], reason=reason)


def require_refreshed(backend: str, indexes: Sequence[str], answer: Mapping[str, Any]) -> None:
    """Check that no copy of a shard has failed to show what was stored.

    Copies that are on no node are not in doubt here: whoever reads finds out.

    Raises:
        djelme.errors.IncompleteAnswerError: if one has.
    """
    if answer["_shards"]["failed"]:
        failures = answer["_shards"].get("failures") or [{}]
        reason = reason_of(failures[0].get("reason", "a refresh failed"))
        raise IncompleteAnswerError(backend=backend, indexes=indexes, reason=reason)


def unavailable_shards(routing: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the shards whose primary isn't active, by index, from a cluster's routing table."""
    away = {
        index: [
            number
            for number, copies in sorted(table["shards"].items())
            if not any(copy["primary"] and copy["state"] in _ACTIVE for copy in copies)
        ]
        for index, table in sorted(routing.items())
    }
    return {index: numbers for index, numbers in away.items() if numbers}
