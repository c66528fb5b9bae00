"""What the answers of Elasticsearch say, in words for people."""

from __future__ import annotations

import re

__all__ = ("reason_of",)

#: How errors about shards quote the request.
_REQUEST = re.compile(r"[,:]? *request: *(?:\[|BulkShardRequest).*", re.DOTALL)


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
