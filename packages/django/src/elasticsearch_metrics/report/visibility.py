"""What readers see of a report: of each cycle the newest complete build, and nothing else.

A build's documents are stored beside those of the build before. Meanwhile one state document says
which of them readers see; changing it is what makes all the new ones appear at once. It is asked
for when a search is sent, not when it is made, so a search that is kept for long is right, too.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendRefusedError
from elasticsearch_metrics.backend.connection import IGNORE_MISSING
from elasticsearch_metrics.report.cycle import cycle_forms
from elasticsearch_metrics.report.declaration import BUILD_FIELD, CYCLE_FIELD
from elasticsearch_metrics.report.state import ReportStore
from elasticsearch_metrics.state.index import is_missing
from elasticsearch_metrics.state.search import search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("Visibility", "visible_search_class")

#: Name of the query that marks the hits of cycles that are being changed.
_CHANGING = "changing"


class Visibility:
    """What readers see of one report in one backend.

    Args:
        recordtype: the report.
        using: name of a backend, in place of the report's own.
    """

    def __init__(self, recordtype: type[Any], using: str | None = None) -> None:
        self._store = ReportStore(recordtype, using)

    def hidden(self) -> list[dict[str, Any]]:
        """Return queries for the documents that readers don't see now."""
        return [_hidden(cycle, build) for cycle, build in sorted(self._store.visible().items())]

    def restrict(self, query: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """Return a query for those documents that readers see."""
        return restricted(query, self.hidden())

    def search(self, expressions: Sequence[str], body: Mapping[str, Any]) -> Any:
        """Return the answer to a search for few documents, of all shards; those that readers see.

        By one request, unless some of the documents are of a cycle that is being changed.

        Args:
            expressions: names and patterns of indexes; those that match nothing are no error.
            body: the request's, with a query and without aggregations.

        Raises:
            djelme.errors.BackendError: if there is no answer, or none from some shards.
        """
        ask = partial(search, self._store.backend, expressions, params=IGNORE_MISSING)
        marked = {
            "filter": [body["query"]],
            "should": [self._store.changing_query(_CHANGING)],
            "minimum_should_match": 0,
        }
        try:
            answer = ask({**body, "query": {"bool": marked}})
        except BackendRefusedError as error:
            if not is_missing(error):
                raise
        else:
            if not any("matched_queries" in hit for hit in answer["hits"]["hits"]):
                return answer
        return ask({**body, "query": self.restrict(body["query"])})


def restricted(
    query: Mapping[str, Any] | None, hidden: list[dict[str, Any]]
) -> Mapping[str, Any] | None:
    """Return a query without the documents that are hidden."""
    if not hidden:
        return query
    clauses: dict[str, Any] = {"must_not": hidden}
    if query is not None:
        clauses["must"] = [query]
    return {"bool": clauses}


def _hidden(cycle: str, build: str | None) -> dict[str, Any]:
    of_cycle = {"terms": {CYCLE_FIELD: cycle_forms(cycle)}}
    if build is None:  # only what no build has made is seen
        return {"bool": {"filter": [of_cycle, {"exists": {"field": BUILD_FIELD}}]}}
    return {"bool": {"filter": [of_cycle], "must_not": [{"term": {BUILD_FIELD: build}}]}}


class _VisibleSearch:
    """Adds to a DSL's search which reports are seen, each time that it is sent."""

    djelme_visibility: Visibility
    _hidden: list[dict[str, Any]] | None = None

    def to_dict(self, count: bool = False, **kwargs: Any) -> dict[str, Any]:
        """Return the body of the request; with a look at what is seen now."""
        body: dict[str, Any] = super().to_dict(count=count, **kwargs)  # type: ignore[misc]
        hidden = self.djelme_visibility.hidden() if self._hidden is None else self._hidden
        query = restricted(body.get("query"), hidden)
        return body if query is None else {**body, "query": query}


class _AsyncVisibleSearch(_VisibleSearch):
    """The same for asynchronous searches, without blocking the event loop."""

    async def _look(self) -> None:
        self._hidden = await asyncio.to_thread(self.djelme_visibility.hidden)

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        """Send the search."""
        await self._look()
        return await super().execute(*args, **kwargs)  # type: ignore[misc]

    async def count(self) -> int:
        """Return the number of hits."""
        await self._look()
        number: int = await super().count()  # type: ignore[misc]
        return number

    async def scan(self) -> Any:
        """Yield all hits."""
        await self._look()
        async for hit in super().scan():  # type: ignore[misc]
            yield hit


@lru_cache(maxsize=256)
def _derived(search_class: type, *, asynchronous: bool) -> type:
    base = _AsyncVisibleSearch if asynchronous else _VisibleSearch
    return type(search_class.__name__, (base, search_class), {"__module__": __name__})


def visible_search_class(search_class: type, visibility: Visibility, *, asynchronous: bool) -> type:
    """Return a DSL's class of searches whose hits are reports that are seen."""
    derived = _derived(search_class, asynchronous=asynchronous)
    return type(search_class.__name__, (derived,), {"djelme_visibility": visibility})
