"""What the answers of Elasticsearch say, in words for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("incompleteness", "reason_of")

#: How errors about shards quote the request.
_REQUEST = re.compile(r"[,:]? *request: *(?:\[|BulkShardRequest).*", re.DOTALL)


def incompleteness(answer: Mapping[str, Any]) -> str:
    """Return why the answer to a search lacks some documents; empty if it lacks none."""
    shards = answer["_shards"]
    silent = shards["total"] - shards["successful"]  # failed ones, and those without any node
    if not silent:
        return "the search took too long" if answer.get("timed_out") else ""
    failures = shards.get("failures") or [{}]
    reason = reason_of(failures[0].get("reason", "they are on no node"))
    return f"{silent} of {shards['total']} shards gave no answer: {reason}"


def reason_of(error: object) -> str:
    """Return what Elasticsearch says of an error, with the innermost cause.

    Without the request that some errors quote: it has the record's values, and reasons are logged.

    Args:
        error: a description of an error, or the body of an answer that has one.
    """
    if isinstance(error, dict) and "error" in error:
        error = error["error"]
    if not isinstance(error, dict):
        return str(error)
    reason = f"{error.get('type')}: {_REQUEST.sub('', str(error.get('reason')))}"
    cause = error.get("caused_by")
    return f"{reason} ({reason_of(cause)})" if isinstance(cause, dict) else reason
