"""Ask Elasticsearch for documents, so that no answer is taken for complete that isn't.

A search may succeed although some of its shards failed; a migration that took such an answer would
lose records, and a report would count too few. So here it is an error, of the kind that is tried
again.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from djelme.errors import (
    BackendRefusedError,
    BackendUnreachableError,
    IncompleteAnswerError,
)
from elasticsearch_metrics.backend.completeness import STRICT, require_complete
from elasticsearch_metrics.backend.connection import IGNORE_MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from elasticsearch_metrics.backend.rest import RestBackend

__all__ = ("IGNORE_MISSING", "count", "path_of", "scroll", "search")

#: How long a scroll outlives the last time that it was asked.
_SCROLL_TIME = "5m"
_ATTEMPTS = 6
_REST = 0.2


def path_of(*parts: str) -> str:
    """Return the path of a URL: ``/a/b``, with its parts quoted."""
    return "".join(f"/{quote(part, safe='*,-._')}" for part in parts)


def search(
    backend: RestBackend,
    expressions: Sequence[str],
    body: Mapping[str, Any],
    *,
    params: Mapping[str, str] | None = None,
) -> Any:
    """Return the answer to a search.

    Args:
        backend: whom to ask.
        expressions: names of indexes that have to be there; patterns need `IGNORE_MISSING`.
        body: the request's.
        params: the URL's.

    Raises:
        djelme.errors.BackendError: if there is no answer, or none from some shards.
    """
    params = {**STRICT, **(params or {})}
    return _ask(backend, expressions, "_search", body, params)


def count(
    backend: RestBackend,
    expressions: Sequence[str],
    query: Mapping[str, Any],
    *,
    params: Mapping[str, str] | None = None,
) -> int:
    """Return the number of documents that a query matches."""
    found: int = _ask(backend, expressions, "_count", {"query": query}, params)["count"]
    return found


def scroll(
    backend: RestBackend,
    expressions: Sequence[str],
    body: Mapping[str, Any],
    *,
    page_size: int,
    params: Mapping[str, str] | None = None,
) -> Iterator[list[dict[str, Any]]]:
    """Yield all hits of a search in pages, as they were when it began.

    Raises:
        djelme.errors.BackendError: as `search`.
    """
    answer = search(
        backend,
        expressions,
        {"size": page_size, "sort": ["_doc"], **body},
        params={"scroll": _SCROLL_TIME, **(params or {})},
    )
    scroll_id = answer.get("_scroll_id")  # version 6 has none where there is no index
    try:
        while answer["hits"]["hits"]:
            yield answer["hits"]["hits"]
            body = {"scroll": _SCROLL_TIME, "scroll_id": scroll_id}
            answer = backend.request("POST", "/_search/scroll", body=body)
            # Version 6 calls each full page after the first one terminated early.
            require_complete(backend.name, expressions, {**answer, "terminated_early": False})
            scroll_id = answer["_scroll_id"]
    finally:
        if scroll_id is not None:
            _close(backend, scroll_id)


def _ask(
    backend: RestBackend,
    expressions: Sequence[str],
    endpoint: str,
    body: Mapping[str, Any],
    params: Mapping[str, str] | None,
) -> Any:
    """Return the answer to a search, from all shards."""
    path = path_of(",".join(expressions), endpoint)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            answer = backend.request("POST", path, params=params, body=body)
            require_complete(backend.name, expressions, answer)
        except IncompleteAnswerError:
            # An index that is being made can't be searched for a moment.
            if attempt == _ATTEMPTS:
                raise
            time.sleep(_REST * attempt)
        except BackendRefusedError as error:
            # So it is for searches that may not lack a shard.
            if error.status != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            if attempt == _ATTEMPTS:
                raise IncompleteAnswerError(
                    backend=backend.name, indexes=expressions, reason=error.reason
                ) from error
            time.sleep(_REST * attempt)
        else:
            return answer
    return None


def _close(backend: RestBackend, scroll_id: str) -> None:
    try:
        backend.request("DELETE", "/_search/scroll", body={"scroll_id": [scroll_id]})
    except BackendRefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
    except BackendUnreachableError:
        return  # It ends by itself, and whoever asks next will notice.
