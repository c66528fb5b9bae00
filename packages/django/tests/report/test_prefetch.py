"""The next item is made while the present one is used, and no other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from elasticsearch_metrics.report.prefetch import prefetched

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_the_next_item_is_made_meanwhile() -> None:
    made = [threading.Event() for _ in range(3)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    taken = prefetched(items())
    assert next(taken) == 0
    assert made[1].wait(10)
    assert not made[2].is_set()
    assert list(taken) == [1, 2]


def test_an_error_comes_where_its_item_would() -> None:
    def items() -> Iterator[int]:
        yield 1
        msg = "no second one"
        raise LookupError(msg)

    taken = prefetched(items())
    assert next(taken) == 1
    with pytest.raises(LookupError, match="no second one"):
        next(taken)


def test_who_stops_waits_for_the_item_that_is_made() -> None:
    ended = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        yield 2
        ended.set()

    taken = prefetched(items())
    assert next(taken) == 1
    taken.close()
    assert not ended.is_set()
    assert not any(thread.name.startswith("djelme-report") for thread in threading.enumerate())
