"""Composite aggregations, page by page, in the order of their keys."""

from __future__ import annotations

from collections import Counter
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ("PAGE", "DistinctCounter", "each_page")

#: Buckets in a page: what version 7 allows by default, and all others, too.
PAGE = 10_000
_VALUE = "value"


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


class DistinctCounter:
    """Counts the keys of a composite aggregation by group: what follows the group is a value.

    Args:
        ask: returns the answers to aggregations over the events of groups from one key to another.
        sources: what the parts of a group come from.
        value: what the value comes from.
        position: the last key that was counted before.
    """

    def __init__(
        self,
        ask: Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]],
        sources: Sequence[Mapping[str, Any]],
        value: Mapping[str, Any],
        position: Mapping[str, Any] | None,
    ) -> None:
        self._ask = ask
        self._sources = [*sources, {_VALUE: value}]
        self._group = _group_of([name for source in sources for name in source])
        self.position = position

    def count(self, buckets: Sequence[Mapping[str, Any]]) -> list[int]:
        """Return how many values each of some groups has.

        Args:
            buckets: of groups that follow each other, after those that were counted before.
        """
        keys = [bucket.get("key", {}) for bucket in buckets]
        found: Counter[Any] = Counter()
        for start, end in _windows([bucket["doc_count"] for bucket in buckets]):
            self._count(keys[start:end], found)
        return [found[self._group(key)] for key in keys]

    def _count(self, groups: Sequence[Mapping[str, Any]], found: Counter[Any]) -> None:
        wanted = {self._group(key) for key in groups}
        ask = partial(self._ask, groups[0], groups[-1])
        for page in each_page(ask, self._sources, after=self.position, size=PAGE):
            keys = [bucket["key"] for bucket in page]
            # An event with several values is in groups beyond, too, which are for later.
            end = len(keys)
            while end and self._group(keys[end - 1]) not in wanted:
                end -= 1
            found.update(map(self._group, keys[:end]))
            if end:
                self.position = keys[end - 1]
            if end < len(keys):
                return


def _group_of(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Any]:
    return itemgetter(*names) if names else lambda _key: ()


def _windows(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield where groups begin and end whose values are likely to be in one page together."""
    start = total = 0
    for at, size in enumerate(sizes):
        if at > start and total + size >= PAGE:
            yield start, at
            start, total = at, 0
        total += size
    if start < len(sizes):
        yield start, len(sizes)
