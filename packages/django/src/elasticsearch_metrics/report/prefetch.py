"""Ask for the next page while the present one is stored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

__all__ = ("prefetched",)

_Item = TypeVar("_Item")


def prefetched(items: Iterator[_Item]) -> Generator[_Item, None, None]:
    """Yield what an iterator yields, which makes the next item meanwhile, in a thread.

    Whoever doesn't take all has to close this iterator, which waits for the item that is made.

    >>> list(prefetched(iter("abc")))
    ['a', 'b', 'c']
    """
    over = object()
    with ThreadPoolExecutor(1, thread_name_prefix="djelme-report") as executor:
        made = executor.submit(next, items, over)
        while (item := made.result()) is not over:
            made = executor.submit(next, items, over)
            yield item  # type: ignore[misc] # it isn't `over`
