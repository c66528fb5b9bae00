"""Searches at a point in time, by which the DSL's ``iterate()`` goes through everything.

Searches of record types are lenient about indexes that are missing. Elasticsearch takes that when a
point in time is opened, and refuses it with a search that is made at one.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.backend.connection import IGNORE_MISSING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

__all__ = ("AsyncPointInTimeSearch", "PointInTimeSearch")


class _At:
    """What both kinds of searches share."""

    _index: Any
    _params: dict[str, Any]
    _sort: list[Any]
    _using: Any

    def _opening(self, keep_alive: str) -> dict[str, Any]:
        return {"index": self._index, "keep_alive": keep_alive, "ignore_unavailable": True}

    def _at(self, point: str, keep_alive: str) -> Any:
        """Return the search at a point in time; in the order of documents unless it has one."""
        this: Any = self
        search = this.index().extra(pit={"id": point, "keep_alive": keep_alive})
        lenient = IGNORE_MISSING.keys()
        search._params = {name: it for name, it in self._params.items() if name not in lenient}
        return search if self._sort else search.sort("_shard_doc")


class PointInTimeSearch(_At):
    """A DSL's search whose `point_in_time` leaves missing indexes out."""

    @contextlib.contextmanager
    def point_in_time(self, keep_alive: str = "1m") -> Iterator[Any]:
        """Yield the search at a point in time, which is closed afterwards.

        Args:
            keep_alive: for how long it is kept after each search, as Elasticsearch has it.
        """
        point = self._using.open_point_in_time(**self._opening(keep_alive))["id"]
        try:
            yield self._at(point, keep_alive)
        finally:
            self._using.close_point_in_time(id=point)


class AsyncPointInTimeSearch(_At):
    """The same of asynchronous searches."""

    @contextlib.asynccontextmanager
    async def point_in_time(self, keep_alive: str = "1m") -> AsyncIterator[Any]:
        """Yield the search at a point in time, which is closed afterwards.

        Args:
            keep_alive: for how long it is kept after each search, as Elasticsearch has it.
        """
        point = (await self._using.open_point_in_time(**self._opening(keep_alive)))["id"]
        try:
            yield self._at(point, keep_alive)
        finally:
            await self._using.close_point_in_time(id=point)
