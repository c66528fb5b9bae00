from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from djelme.bulk import BulkResult
from djelme.bulk_load import BulkLoad
from djelme.delivery.retry import Backoff, RetryPolicy
from djelme.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnreachableError,
    BulkError,
    RecordValidationError,
)
from djelme.operation import Operation, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

AT_ONCE = RetryPolicy(attempts=3, backoff=Backoff(0.0, 0.0))
UNREACHABLE = BackendUnreachableError(backend="main", reason="connection refused")


def refusal(status: int) -> BackendRefusedError:
    return BackendRefusedError(backend="main", status=status, reason="no")


def operation(number: int, **changed: Any) -> Operation:
    return Operation(**{"index": "things", "id": str(number), "source": b'{"n":1}', **changed})


def pairs(count: int) -> Iterator[tuple[int, Operation]]:
    for number in range(count):
        yield number, operation(number)


class Store:
    """Keeps documents by id, and does what it is told before each request."""

    def __init__(
        self, *faults: BackendError | Callable[[Operation], Outcome | None] | None
    ) -> None:
        self.documents: dict[str, bytes] = {}
        self.requests: list[int] = []
        self.faults = list(faults)
        self.lock = threading.Lock()
        self.lost = False

    def __call__(self, operations: Sequence[Operation]) -> list[Outcome]:
        with self.lock:
            fault = self.faults.pop(0) if self.faults else None
            self.requests.append(len(operations))
            if isinstance(fault, BackendError) and not self.lost:
                raise fault
            outcomes = [
                (fault(item) if callable(fault) else None) or self.store(item)
                for item in operations
            ]
            if isinstance(fault, BackendError):
                raise fault
            return outcomes

    def store(self, item: Operation) -> Outcome:
        created = item.id not in self.documents
        if created or not item.create:
            self.documents[item.id] = item.source
        elif item.create:
            return Outcome(409, "version conflict", created=False)
        return Outcome(201 if created else 200, created=created)


def test_sends_everything_in_chunks() -> None:
    store = Store()
    seen: list[tuple[int, int]] = []
    result = BulkLoad(
        "app.Thing", chunk_size=4, progress=lambda result: seen.append((result.created, 0))
    ).send(pairs(10), store)
    assert (result.created, result.existing, result.failed) == (10, 0, [])
    assert store.requests == [4, 4, 2]
    assert seen == [(4, 0), (8, 0), (10, 0)]


def test_nothing_is_sent_for_nothing() -> None:
    store = Store()
    assert BulkLoad("app.Thing").send([], store) == BulkResult()
    assert store.requests == []


def test_chunks_are_bounded_by_bytes() -> None:
    store = Store()
    large = operation(99, source=b'{"n":"' + b"x" * 1000 + b'"}')
    size = len(operation(0).lines)
    items = [*pairs(5), (99, large), *((n + 100, operation(n + 100)) for n in range(2))]
    BulkLoad("app.Thing", max_bytes=3 * size).send(items, store)
    assert store.requests == [3, 2, 1, 2]
    assert len(store.documents) == 8


def test_what_is_there_already_counts_as_existing() -> None:
    store = Store()
    BulkLoad("app.Thing").send(pairs(3), store)
    result = BulkLoad("app.Thing").send(pairs(5), store)
    assert (result.created, result.existing) == (2, 3)


def test_a_lost_answer_doubles_nothing() -> None:
    store = Store(UNREACHABLE)
    store.lost = True
    result = BulkLoad("app.Thing", retry=AT_ONCE).send(pairs(5), store)
    assert len(store.documents) == 5
    assert result.stored == 5
    assert store.requests == [5, 5]


@pytest.mark.parametrize("error", [UNREACHABLE, *map(refusal, (429, 502, 503, 504))])
def test_requests_are_sent_again(error: BackendError) -> None:
    store = Store(error, error)
    assert BulkLoad("app.Thing", retry=AT_ONCE).send(pairs(5), store).created == 5
    assert store.requests == [5, 5, 5]


def test_attempts_are_bounded() -> None:
    store = Store(*[UNREACHABLE] * 5)
    with pytest.raises(BackendUnreachableError):
        BulkLoad("app.Thing", retry=AT_ONCE).send(pairs(5), store)
    assert store.requests == [5, 5, 5]


def test_other_errors_end_the_load_at_once() -> None:
    store = Store(refusal(401))
    with pytest.raises(BackendRefusedError):
        BulkLoad("app.Thing", retry=AT_ONCE).send(pairs(5), store)
    assert store.requests == [5]


def busy(item: Operation) -> Outcome | None:
    return Outcome(429, "queue full") if int(item.id) % 2 else None


def test_only_busy_items_are_sent_again() -> None:
    store = Store(busy)
    result = BulkLoad("app.Thing", retry=AT_ONCE).send(pairs(6), store)
    assert (result.created, result.existing) == (6, 0)
    assert store.requests == [6, 3]


def test_items_that_stay_busy_fail() -> None:
    store = Store(busy, busy, busy)
    result = BulkLoad("app.Thing", retry=AT_ONCE, raise_on_error=False).send(pairs(6), store)
    assert result.created == 3
    assert [(failure.record, failure.status) for failure in result.failed] == [
        (1, 429),
        (3, 429),
        (5, 429),
    ]


def test_the_last_of_two_writes_wins_also_when_sent_again() -> None:
    def busy_at_first(item: Operation) -> Outcome | None:
        return Outcome(429, "queue full") if item.source == b'{"n":1}' else None

    store = Store(busy_at_first)
    items = [
        (1, operation(1, create=False)),
        (2, operation(1, create=False, source=b'{"n":2}')),
    ]
    result = BulkLoad("app.Thing", retry=AT_ONCE).send(items, store)
    assert store.documents == {"1": b'{"n":2}'}
    assert (result.stored, result.failed) == (2, [])


def refused(item: Operation) -> Outcome | None:
    return Outcome(400, "mapper_parsing_exception") if item.id == "3" else None


def test_refused_records_end_the_load() -> None:
    store = Store(refused)
    with pytest.raises(BulkError, match="mapper_parsing_exception") as caught:
        BulkLoad("app.Thing", chunk_size=5).send(pairs(100), store)
    assert store.requests == [5]
    assert caught.value.result.created == 4
    assert [failure.record for failure in caught.value.result.failed] == [3]


def test_refused_records_are_listed() -> None:
    store = Store(refused)
    result = BulkLoad("app.Thing", chunk_size=5, raise_on_error=False).send(pairs(100), store)
    assert result.created == 99
    assert [(item.record, item.reason) for item in result.failed] == [
        (3, "mapper_parsing_exception")
    ]


def test_a_request_that_is_too_large_is_split() -> None:
    class Narrow(Store):
        def __call__(self, operations: Sequence[Operation]) -> list[Outcome]:
            if sum(len(item.lines) for item in operations) > 200:
                self.requests.append(-len(operations))
                raise refusal(413)
            return super().__call__(operations)

    store = Narrow()
    items = [*pairs(6), (99, operation(99, source=b'{"n":"' + b"x" * 1000 + b'"}'))]
    result = BulkLoad("app.Thing", raise_on_error=False).send(items, store)
    assert result.created == 6
    assert [(item.record, item.status) for item in result.failed] == [(99, 413)]


def test_stored_records_are_reported() -> None:
    store = Store(refused)
    reported: list[str] = []
    BulkLoad(
        "app.Thing",
        raise_on_error=False,
        on_stored=lambda items: reported.extend(item.id for item in items),
    ).send(pairs(5), store)
    assert reported == ["0", "1", "2", "4"]


@pytest.mark.parametrize("number", [0, -1, 1.5, "1", True, None])
@pytest.mark.parametrize("name", ["chunk_size", "max_bytes", "senders"])
def test_numbers_are_checked(name: str, number: object) -> None:
    with pytest.raises(ValueError, match=f"{name} should be a positive int"):
        BulkLoad("app.Thing", **{name: number})  # type: ignore[arg-type]


def no_thread_left() -> bool:
    return not [thread for thread in threading.enumerate() if thread.name.startswith("djelme-bulk")]


def test_several_senders_send_everything_once() -> None:
    store = Store(UNREACHABLE, None, busy, refusal(503))
    result = BulkLoad("app.Thing", chunk_size=7, senders=3, retry=AT_ONCE).send(pairs(500), store)
    assert (result.created, result.existing) == (500, 0)
    assert len(store.documents) == 500
    assert no_thread_left()


def test_several_senders_work_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=10)

    def store_many(operations: Sequence[Operation]) -> list[Outcome]:
        together.wait()
        return [Outcome(201)] * len(operations)

    assert BulkLoad("app.Thing", chunk_size=1, senders=3).send(pairs(9), store_many).created == 9


@pytest.mark.parametrize("senders", [1, 3])
def test_memory_is_bounded(senders: int) -> None:
    class Record:
        pass

    alive: weakref.WeakSet[Record] = weakref.WeakSet()
    most = 0

    def records() -> Iterator[tuple[Record, Operation]]:
        nonlocal most
        for number in range(200):
            record = Record()
            alive.add(record)
            most = max(most, len(alive))
            yield record, operation(number)
            del record

    gc.collect()
    BulkLoad("app.Thing", chunk_size=5, senders=senders).send(records(), Store())
    assert most <= 5 * (senders + 1) + 1


@pytest.mark.parametrize("senders", [1, 3])
def test_errors_of_the_records_come_through(senders: int) -> None:
    def broken() -> Iterator[tuple[int, Operation]]:
        yield from pairs(20)
        raise OSError("the file ends here")

    store = Store()
    with pytest.raises(OSError, match="the file ends here"):
        BulkLoad("app.Thing", chunk_size=5, senders=senders).send(broken(), store)
    assert len(store.documents) in {15, 20}
    assert no_thread_left()


def test_errors_of_a_sender_come_through_without_waiting_for_others() -> None:
    forever = RetryPolicy(attempts=None, backoff=Backoff(60.0, 60.0, random=lambda: 1.0))
    store = Store(UNREACHABLE, refusal(401))
    with pytest.raises(BackendRefusedError):
        BulkLoad("app.Thing", chunk_size=5, senders=2, retry=forever).send(pairs(100), store)
    assert no_thread_left()


def test_refused_records_end_a_load_of_several_senders() -> None:
    def all_refused(item: Operation) -> Outcome | None:
        return Outcome(400, "mapper_parsing_exception")

    store = Store(None, all_refused)
    with pytest.raises(BulkError) as caught:
        BulkLoad("app.Thing", chunk_size=5, senders=2).send(pairs(1000), store)
    assert caught.value.result.created == len(store.documents)
    assert len(store.requests) < 10
    assert no_thread_left()


def astore(store: Store) -> Any:
    async def store_many(operations: Sequence[Operation]) -> list[Outcome]:
        await asyncio.sleep(0)
        return store(operations)

    return store_many


@pytest.mark.parametrize("senders", [1, 3])
def test_on_an_event_loop(senders: int) -> None:
    store = Store(UNREACHABLE, None, busy)
    load = BulkLoad("app.Thing", chunk_size=7, senders=senders, retry=AT_ONCE)
    result = asyncio.run(load.asend(pairs(100), astore(store)))
    assert (result.created, len(store.documents)) == (100, 100)


@pytest.mark.parametrize("senders", [1, 3])
def test_errors_on_an_event_loop(senders: int) -> None:
    load = BulkLoad("app.Thing", chunk_size=7, senders=senders, retry=AT_ONCE)
    with pytest.raises(BackendRefusedError):
        asyncio.run(load.asend(pairs(100), astore(Store(None, refusal(401)))))
    load = BulkLoad("app.Thing", chunk_size=2, senders=senders, retry=AT_ONCE)
    store = Store(None, refused)
    with pytest.raises(BulkError) as caught:
        asyncio.run(load.asend(pairs(100), astore(store)))
    assert caught.value.result.created == len(store.documents)


@pytest.mark.parametrize("is_new", [True, False])
def test_ids_of_the_load_itself_were_not_there_before(is_new: bool) -> None:
    store = Store(UNREACHABLE)
    store.lost = True
    result = BulkLoad(
        "app.Thing", chunk_size=4, retry=AT_ONCE, is_new=lambda operation: is_new
    ).send(pairs(10), store)
    assert result.stored == 10
    assert (result.created, result.repeated) == (10 if is_new else 6, 4)


@pytest.mark.parametrize("senders", [1, 3])
def test_an_error_has_what_came_of_the_load_until_then(senders: int) -> None:
    store = Store(None, None, refusal(500))
    given = pairs(50)
    load = BulkLoad("app.Thing", chunk_size=4, senders=senders, retry=AT_ONCE)
    with pytest.raises(BackendRefusedError) as caught:
        load.send(given, store)
    result = caught.value.result
    assert result is not None
    assert result.created == len(store.documents)
    left = [number for number, _ in given]
    read = set(range(50)) - set(left)
    stored = {int(id_) for id_ in store.documents}
    assert set(result.unacknowledged) == read - stored
    assert len(result.unacknowledged) == len(read - stored)


def test_a_wrong_record_leaves_none_behind() -> None:
    def wrong() -> Iterator[tuple[int, Operation]]:
        yield from pairs(6)
        raise RecordValidationError(recordtype="T", field="f", expected="int", found="str")

    with pytest.raises(RecordValidationError) as caught:
        BulkLoad("app.Thing", chunk_size=4).send(wrong(), Store())
    result = caught.value.result
    assert result is not None
    assert (result.created, result.unacknowledged) == (4, [4, 5])


def test_an_error_on_an_event_loop_has_it_too() -> None:
    store = Store(None, refusal(500))

    async def store_many(operations: Sequence[Operation]) -> list[Outcome]:
        return store(operations)

    load = BulkLoad("app.Thing", chunk_size=4, retry=AT_ONCE)
    with pytest.raises(BackendRefusedError) as caught:
        asyncio.run(load.asend(pairs(10), store_many))
    result = caught.value.result
    assert result is not None
    assert result.created == 4
    assert sorted(result.unacknowledged) == list(range(4, 4 + len(result.unacknowledged)))
    assert len(result.unacknowledged) >= 4
