"""Composite aggregations, page by page, in the order of their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ("PAGE", "BucketStream", "each_page")

#: Buckets in a page: what version 7 allows by default, and all others, too.
PAGE = 10_000


def each_page(
    ask: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    sources: Sequence[Mapping[str, Any]],
    *,
    aggregations: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    size: int = PAGE,
) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the buckets of a composite aggregation in pages; no page is empty.

    Args:
        ask: returns the answers to aggregations.
        sources: what each part of the keys comes from.
        aggregations: within each bucket.
        after: the key after which to begin.
        size: most buckets in a page.
    """
    while True:
        composite: dict[str, Any] = {"size": size, "sources": list(sources)}
        if after is not None:
            composite["after"] = after
        body: dict[str, Any] = {"composite": composite}
        if aggregations:
            body["aggs"] = aggregations
        buckets = ask({"buckets": body}).get("buckets", {}).get("buckets", [])
        if not buckets:
            return
        yield buckets
        if len(buckets) < size:
            return
        after = buckets[-1]["key"]


class BucketStream:
    """The keys of a composite aggregation one after the other, for those who count them by group.

    Args:
        pages: as `each_page` gives them.
        width: how many parts of a key are its group; what follows is a value.
        position: the last key that was taken before.
    """

    def __init__(
        self,
        pages: Iterator[list[Mapping[str, Any]]],
        width: int,
        position: Mapping[str, Any] | None,
    ) -> None:
        self._keys = (bucket["key"] for page in pages for bucket in page)
        self._width = width
        self._head = next(self._keys, None)
        self.position = position

    def take(self, group: tuple[Any, ...]) -> int:
        """Return how many keys follow that are of a group, and go past them."""
        number = 0
        while self._head is not None and tuple(self._head.values())[: self._width] == group:
            number += 1
            self.position = self._head
            self._head = next(self._keys, None)
        return number

    @property
    def is_over(self) -> bool:
        """Whether all keys were taken."""
        return self._head is None
