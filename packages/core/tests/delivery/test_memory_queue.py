from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from djelme.delivery.memory_queue import MemoryQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from djelme.operation import Operation


def test_first_in_first_out_and_bounded(operation: Callable[..., Operation]) -> None:
    queue = MemoryQueue(3)
    assert [queue.append(operation(number)) for number in range(4)] == [1, 2, 3, 0]
    assert [item.id for item in queue.take(2, 10_000)] == ["0", "1"]
    assert len(queue) == 1
    queue.put_back([operation(0), operation(1)])
    assert [item.id for item in queue.take(9, 10_000)] == ["0", "1", "2"]
    assert queue.take(9, 10_000) == []


def test_bounded_by_bytes_with_at_least_one(operation: Callable[..., Operation]) -> None:
    queue = MemoryQueue(9)
    for number in range(3):
        queue.append(operation(number))
    size = len(operation(0).lines)
    assert len(queue.take(9, 1)) == 1
    assert len(queue.take(9, 2 * size)) == 2


def test_nothing_is_lost_between_threads(operation: Callable[..., Operation]) -> None:
    queue = MemoryQueue(100_000)
    taken: list[Operation] = []

    def fill(start: int) -> None:
        for number in range(start, start + 2_000):
            queue.append(operation(number))

    threads = [threading.Thread(target=fill, args=(start,)) for start in (0, 10_000, 20_000)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or len(queue):
        taken += queue.take(7, 100_000)
    assert len({item.id for item in taken}) == len(taken) == 6_000
