from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from djelme.delivery import DeliveryStats, DirectDelivery, make_delivery
from djelme.delivery.options import DeliveryOptions
from djelme.delivery.retry import Backoff
from djelme.delivery.spool_report import inspect_spool
from djelme.errors import BackendRefusedError, ConfigurationError, SpoolError, SpoolFullError
from djelme.operation import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from djelme.delivery.background import BackgroundDelivery
    from djelme.operation import Operation

    Deliver = Callable[..., BackgroundDelivery]
    Make = Callable[..., Operation]

BOTH = pytest.mark.parametrize("mode", ["buffered", "durable"])


def until(condition: Callable[[], object], what: str = "it") -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, f"{what} didn't happen"
        time.sleep(0.005)


def submit(delivery: BackgroundDelivery, operations: Iterator[Operation]) -> list[str]:
    taken = []
    for operation in operations:
        assert delivery.submit(operation) is None
        taken.append(operation.id)
    return taken


def stored(backend: Any) -> list[str]:
    return sorted(backend.documents, key=lambda id_: (len(id_), id_))


@BOTH
def test_everything_arrives_once_without_being_asked(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    delivery = deliver(mode, batch_size=10)
    taken = submit(delivery, (operation(number) for number in range(25)))
    until(lambda: stored(backend) == taken)
    until(lambda: delivery.stats() == DeliveryStats(sent=25))
    assert backend.conflicts == 0
    assert max(map(len, backend.requests)) <= 10
    submit(delivery, iter([operation(25)]))
    until(lambda: len(backend.documents) == 26)


@BOTH
def test_full_batches_do_not_wait(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    delivery = deliver(mode, batch_size=10, batch_delay=60)
    submit(delivery, (operation(number) for number in range(25)))
    until(lambda: len(backend.documents) == 20)
    assert delivery.stats().lag < 20
    assert delivery.flush(20)
    assert len(backend.documents) == 25


@BOTH
def test_flush(mode: str, deliver: Deliver, backend: Any, operation: Make) -> None:
    delivery = deliver(mode, batch_delay=60)
    assert delivery.flush(0)
    submit(delivery, (operation(number) for number in range(25)))
    assert delivery.flush(20)
    assert len(backend.documents) == 25
    backend.go_away()
    submit(delivery, iter([operation(99)]))
    assert not delivery.flush(0.1)
    backend.come_back()
    assert delivery.flush(20)
    assert len(backend.documents) == 26


@BOTH
def test_an_outage(
    mode: str, deliver: Deliver, backend: Any, operation: Make, caplog: pytest.LogCaptureFixture
) -> None:
    backend.go_away()
    delivery = deliver(mode, batch_size=10, queue_max=20)
    taken = submit(delivery, (operation(number) for number in range(100)))
    until(lambda: delivery.stats().last_error)
    until(lambda: delivery.stats().spooled == 100)
    stats = delivery.stats()
    assert (stats.queued, stats.sent) == (0, 0)
    assert stats.last_error == "http://***@es.example refused the connection"
    time.sleep(0.1)
    assert delivery.stats().lag >= 0.1
    backend.come_back()
    until(lambda: stored(backend) == taken)
    until(lambda: delivery.stats() == DeliveryStats(sent=100))
    assert backend.conflicts == 0
    assert caplog.text.count("takes no records") == 1
    assert caplog.text.count("takes records again") == 1


@BOTH
def test_a_lost_answer_doubles_nothing(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    backend.go_away()
    backend.loses_answers = True
    delivery = deliver(mode, batch_size=10)
    taken = submit(delivery, (operation(number) for number in range(10)))
    until(lambda: stored(backend) == taken)
    backend.come_back()
    assert delivery.flush(20)
    assert stored(backend) == taken
    assert backend.conflicts >= 10
    assert delivery.stats().dead == 0


@BOTH
@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503, 504])
def test_refused_requests_are_sent_again(
    mode: str, status: int, deliver: Deliver, backend: Any, operation: Make
) -> None:
    backend.error = BackendRefusedError(backend="main", status=status, reason="not now")
    delivery = deliver(mode)
    submit(delivery, iter([operation(1)]))
    until(lambda: len(backend.requests) > 3)
    assert backend.documents == {}
    backend.come_back()
    until(lambda: stored(backend) == ["1"])


@BOTH
def test_what_nobody_has_foreseen_loses_nothing(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    backend.error = LookupError("s3cret")
    delivery = deliver(mode)
    submit(delivery, iter([operation(1)]))
    until(lambda: "LookupError in store_many, " in delivery.stats().last_error)
    backend.error = ConfigurationError("the template is gone")
    until(lambda: delivery.stats().last_error == "the template is gone")
    backend.come_back()
    until(lambda: stored(backend) == ["1"])


@BOTH
def test_an_answer_of_the_wrong_length_loses_nothing(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    answers = iter([[Outcome(201)]])

    def store_many(operations: Any) -> Any:
        return next(answers, None) or backend.store_many(operations)

    delivery = deliver(mode, store_many=store_many)
    taken = submit(delivery, (operation(number) for number in range(3)))
    until(lambda: stored(backend) == taken)


@BOTH
def test_refused_records_hold_up_nobody(
    *,
    mode: str,
    deliver: Deliver,
    backend: Any,
    operation: Make,
    directory: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    backend.judge = lambda item: (
        Outcome(400, "failed to parse [s3cret]") if item.id == "3" else None
    )
    dead: list[tuple[str, str]] = []
    delivery = deliver(mode, on_dead=lambda item, reason: dead.append((item.id, reason)))
    submit(delivery, (operation(number) for number in range(6)))
    assert delivery.flush(20)
    assert stored(backend) == ["0", "1", "2", "4", "5"]
    assert dead == [("3", "failed to parse [s3cret]")]
    assert delivery.stats() == DeliveryStats(sent=5, dead=1)
    (letter,) = delivery.dead_letters.read()
    assert (letter.operation, letter.status) == (operation(3), 400)
    assert letter.reason == "failed to parse [s3cret]"
    assert "refused record 3 for things with status 400" in caplog.text
    assert inspect_spool(directory, "main").dead == 1


@BOTH
def test_callbacks_that_fail_stop_nothing(
    mode: str, deliver: Deliver, backend: Any, operation: Make, caplog: pytest.LogCaptureFixture
) -> None:
    backend.judge = lambda item: Outcome(400, "no") if item.id == "0" else None

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    delivery = deliver(mode, on_dead=fail)
    submit(delivery, (operation(number) for number in range(3)))
    assert delivery.flush(20)
    submit(delivery, iter([operation(3)]))
    assert delivery.flush(20)
    assert stored(backend) == ["1", "2", "3"]
    assert delivery.stats().dead == 1
    assert "ZeroDivisionError in fail" in caplog.text


@BOTH
def test_a_malformed_record_is_found(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    def store_many(operations: Any) -> Any:
        if "3" in [item.id for item in operations]:
            raise BackendRefusedError(backend="main", status=400, reason="malformed")
        return backend.store_many(operations)

    delivery = deliver(mode, store_many=store_many)
    submit(delivery, (operation(number) for number in range(6)))
    assert delivery.flush(20)
    assert stored(backend) == ["0", "1", "2", "4", "5"]
    assert [letter.operation.id for letter in delivery.dead_letters.read()] == ["3"]


@BOTH
def test_too_large_requests_are_split_and_too_large_records_refused(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    def store_many(operations: Any) -> Any:
        if sum(len(item.lines) for item in operations) > 300:
            raise BackendRefusedError(backend="main", status=413, reason="too large")
        return backend.store_many(operations)

    delivery = deliver(mode, store_many=store_many)
    huge = operation(99, source=b'{"n":"' + b"x" * 500 + b'"}')
    submit(delivery, iter([*(operation(number) for number in range(20)), huge]))
    assert delivery.flush(20)
    assert len(backend.documents) == 20
    assert [letter.status for letter in delivery.dead_letters.read()] == [413]


@BOTH
def test_a_long_record_that_breaks_the_connection_is_refused_at_last(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    from djelme.errors import BackendUnreachableError

    def store_many(operations: Any) -> Any:
        if sum(len(item.lines) for item in operations) > 1_500_000:
            raise BackendUnreachableError(backend="main", reason="connection reset")
        return backend.store_many(operations)

    delivery = deliver(mode, store_many=store_many)
    huge = operation(99, source=b'{"n":"' + b"x" * 2_000_000 + b'"}')
    submit(delivery, iter([operation(0), huge, operation(1)]))
    assert delivery.flush(30)
    assert stored(backend) == ["0", "1"]
    assert [letter.operation.id for letter in delivery.dead_letters.read()] == ["99"]
    assert backend.probes == 1


@BOTH
def test_records_refused_for_the_moment_make_way(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    blocked = True
    backend.judge = lambda item: (
        Outcome(403, "cluster_block_exception") if blocked and item.index == "blocked" else None
    )
    delivery = deliver(mode, batch_size=5)
    submit(
        delivery,
        (operation(n, index="blocked" if n % 2 else "things") for n in range(40)),
    )
    until(lambda: len(backend.documents) == 20)
    assert all(int(id_) % 2 == 0 for id_ in backend.documents)
    assert delivery.stats().dead == 0
    blocked = False
    assert delivery.flush(20)
    assert len(backend.documents) == 40
    assert backend.conflicts == 0


def shut(backend: Any, *indexes: str) -> None:
    """Let a backend answer that some indexes take nothing for the moment."""
    backend.judge = lambda item: (
        Outcome(503, "there is no template") if item.index in indexes else None
    )


@pytest.fixture
def parks_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let attempts follow at once, and what was parked back off for as long as a test takes."""
    monkeypatch.setattr(Backoff, "delay", lambda _, attempt: 0.0 if attempt <= 3 else 1000.0)


@BOTH
@pytest.mark.usefixtures("parks_for_long")
def test_an_index_that_takes_nothing_holds_up_no_other(
    mode: str, deliver: Deliver, backend: Any, operation: Make, caplog: pytest.LogCaptureFixture
) -> None:
    shut(backend, "shut")
    delivery = deliver(mode, batch_size=5)
    submit(delivery, (operation(number, index="shut") for number in range(12)))
    submit(delivery, (operation(number) for number in range(100, 112)))
    until(lambda: len(backend.documents) == 12)
    until(lambda: delivery.stats().queued == 0)
    until(lambda: delivery.stats().spooled == 12)
    asked = len(backend.requests)
    # What comes while it is shut isn't sent, and others still are.
    submit(delivery, (operation(number, index="shut") for number in range(12, 20)))
    submit(delivery, (operation(number) for number in range(112, 120)))
    until(lambda: len(backend.documents) == 20)
    until(lambda: delivery.stats().spooled == 20)
    sent_since = [int(id_) for request in backend.requests[asked:] for id_ in request]
    assert sorted(sent_since) == list(range(112, 120))
    stats = delivery.stats()
    assert (stats.sent, stats.dead) == (20, 0)
    assert stats.last_error == "503 there is no template"
    assert caplog.text.count("refuses some records for the moment") == 1
    # Nobody waits for ever, or in a circle.
    assert not delivery.flush(0.1)
    shut(backend)
    assert delivery.flush(20)
    assert len(backend.documents) == 40
    assert backend.conflicts == 0
    assert delivery.stats() == DeliveryStats(sent=40)
    assert caplog.text.count("takes records again") == 1


@BOTH
def test_what_was_parked_is_tried_again_by_itself(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    shut(backend, "one", "other")
    delivery = deliver(mode, batch_size=5)
    submit(delivery, (operation(n, index="one" if n % 2 else "other") for n in range(20)))
    until(lambda: delivery.stats().spooled == 20)
    until(lambda: delivery._spool.backing_off == 20)
    assert delivery.stats().lag > 0
    shut(backend, "other")
    until(lambda: len(backend.documents) == 10)
    shut(backend)
    until(lambda: len(backend.documents) == 20)
    until(lambda: delivery.stats() == DeliveryStats(sent=20))
    assert backend.conflicts == 0


@BOTH
@pytest.mark.usefixtures("parks_for_long")
def test_what_was_parked_outlives_the_process(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    shut(backend, "shut")
    delivery = deliver(mode, batch_size=5)
    submit(delivery, (operation(number, index="shut") for number in range(12)))
    until(lambda: delivery._spool.backing_off == 12)
    assert not delivery.close(1000)  # there is nothing to wait for
    shut(backend)
    assert deliver(mode).flush(20)
    assert len(backend.documents) == 12


@BOTH
def test_records_that_replace_others_keep_their_order(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    shut(backend, "shut")
    delivery = deliver(mode, batch_size=3)
    for number in range(20):
        source = b'{"n":%d}' % number
        delivery.submit(operation("same", index="shut", create=False, source=source))
    until(lambda: len(backend.requests) > 6)
    shut(backend)
    assert delivery.flush(20)
    assert backend.documents == {"same": b'{"n":19}'}


@BOTH
@pytest.mark.usefixtures("parks_for_long")
def test_records_that_replace_others_hold_up_no_other_index(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    shut(backend, "shut", "other")
    delivery = deliver(mode, batch_size=3)

    def submit_same(first: int, last: int) -> None:
        for number in range(first, last):
            source = b'{"n":%d}' % number
            for index in ("shut", "other"):
                delivery.submit(operation(f"of-{index}", index=index, create=False, source=source))
            delivery.submit(operation(number))

    submit_same(0, 10)
    until(lambda: len(backend.documents) == 10)
    assert not delivery.flush(0.1)
    shut(backend, "shut")
    assert not delivery.flush(0.1)
    # What comes now stays behind the earlier ones.
    submit_same(10, 20)
    until(lambda: set(map(str, range(20))) <= backend.documents.keys())
    assert not delivery.flush(0.1)
    assert delivery.stats().last_error
    shut(backend)
    assert delivery.flush(20)
    submit_same(20, 21)
    assert delivery.flush(20)
    assert backend.documents["of-shut"] == backend.documents["of-other"] == b'{"n":20}'
    assert delivery.stats().dead == 0


@BOTH
def test_what_is_not_known_to_be_wrong_with_a_record_waits(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    backend.judge = lambda item: (
        Outcome(400, "index_closed_exception: closed", False, waits=True)
        if item.index == "shut"
        else None
    )
    delivery = deliver(mode, batch_size=5)
    submit(delivery, (operation(number, index="shut") for number in range(12)))
    submit(delivery, (operation(number) for number in range(100, 112)))
    until(lambda: len(backend.documents) == 12)
    assert not delivery.flush(0.1)
    assert delivery.stats().dead == 0
    assert "index_closed_exception" in delivery.stats().last_error
    shut(backend)
    assert delivery.flush(20)
    assert len(backend.documents) == 24


@BOTH
def test_a_whole_request_with_a_repairable_error_waits(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    backend.error = BackendRefusedError(backend="main", status=400, reason="a proxy", waits=True)
    delivery = deliver(mode, batch_size=5)
    submit(delivery, (operation(number) for number in range(12)))
    until(lambda: len(backend.requests) > 2)
    assert not delivery.flush(0.1)
    backend.come_back()
    assert delivery.flush(20)
    assert delivery.stats() == DeliveryStats(sent=12)


@BOTH
@pytest.mark.parametrize("create", [True, False])
def test_an_index_for_which_whole_requests_are_refused_holds_up_no_other(
    mode: str, deliver: Deliver, backend: Any, operation: Make, create: bool
) -> None:
    """As Elasticsearch 6 does for an alias without an index to write to."""
    refused = {"shut"}

    def store_many(operations: Any) -> Any:
        if refused & {item.index for item in operations}:
            raise BackendRefusedError(backend="main", status=400, reason="no index", waits=True)
        return backend.store_many(operations)

    delivery = deliver(mode, store_many=store_many, batch_size=7)
    for number in range(30):
        for index in ("shut", "open"):
            delivery.submit(operation(f"{index}-{number}", index=index, create=create))
    until(lambda: sum(id_.startswith("open") for id_ in backend.documents) == 30)
    assert not delivery.flush(0.2)
    assert delivery.stats().spooled == 30
    refused.clear()
    assert delivery.flush(20)
    assert len(backend.documents) == 60
    assert delivery.stats().dead == 0


@BOTH
def test_a_busy_backend_is_asked_again_at_the_end(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    """Processes that end together get in each other's way."""
    busy = iter(range(3))

    def store_many(operations: Any) -> Any:
        if next(busy, None) is not None:
            raise BackendRefusedError(backend="main", status=429, reason="busy" * 1000)
        return backend.store_many(operations)

    delivery = deliver(mode, store_many=store_many, batch_delay=60)
    submit(delivery, iter([operation(1)]))
    assert delivery.close(60)
    assert stored(backend) == ["1"]
    assert delivery.stats().last_error == ""


@BOTH
def test_the_last_of_two_writes_wins(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    backend.go_away()
    delivery = deliver(mode, batch_size=3, queue_max=5)
    for number in range(50):
        delivery.submit(operation("same", create=False, source=b'{"n":%d}' % number))
        if number == 30:
            until(lambda: delivery.stats().last_error)
            backend.come_back()
        if number == 40:
            backend.go_away()
    backend.come_back()
    assert delivery.flush(20)
    assert backend.documents == {"same": b'{"n":49}'}


@BOTH
def test_a_silent_backend_blocks_nobody(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    backend.gate.clear()
    delivery = deliver(mode, batch_size=5, queue_max=10)
    taken = submit(delivery, (operation(number) for number in range(200)))
    assert delivery.stats().queued <= 15
    assert delivery.stats().spooled >= 180
    backend.gate.set()
    assert delivery.flush(20)
    assert stored(backend) == taken


def fill(delivery: BackgroundDelivery, operation: Make, count: int, taken: list[str]) -> list[str]:
    text = b'{"n":"' + b"x" * 5_000 + b'"}'
    for number in range(count):
        delivery.submit(operation(number, source=text))
        taken.append(str(number))
    return taken


@BOTH
def test_a_full_spool_raises(mode: str, deliver: Deliver, backend: Any, operation: Make) -> None:
    backend.go_away()
    delivery = deliver(mode, queue_max=10, batch_size=5, spool_max_bytes=100_000)
    taken: list[str] = []
    with pytest.raises(SpoolFullError):
        fill(delivery, operation, 100, taken)
    backend.come_back()
    assert delivery.flush(20)
    assert stored(backend) == taken
    assert delivery.stats().dropped == 0


@BOTH
@pytest.mark.parametrize("policy", ["drop_new", "drop_old"])
def test_a_full_spool_drops_and_says_so(
    *,
    mode: str,
    policy: str,
    deliver: Deliver,
    backend: Any,
    operation: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    backend.go_away()
    dropped: list[str] = []
    reasons = set()

    def on_dropped(operations: Any, reason: str) -> None:
        dropped.extend(item.id for item in operations)
        reasons.add(reason)

    delivery = deliver(
        mode,
        queue_max=10,
        batch_size=5,
        spool_max_bytes=100_000,
        spool_full=policy,
        on_dropped=on_dropped,
    )
    taken = fill(delivery, operation, 100, [])
    backend.come_back()
    assert delivery.flush(20)
    assert sorted([*backend.documents, *dropped]) == sorted(taken)
    assert dropped
    assert delivery.stats().dropped == len(dropped)
    assert delivery.stats().sent == len(backend.documents)
    assert all("full" in reason for reason in reasons)
    assert "were dropped" in caplog.text
    newest_is_kept = "99" in backend.documents
    assert newest_is_kept == (policy == "drop_old")


def test_durable_says_that_nothing_was_taken(
    deliver: Deliver, directory: Path, backend: Any, operation: Make
) -> None:
    directory.touch()
    delivery = deliver("durable")
    with pytest.raises(SpoolError, match="was not taken"):
        delivery.submit(operation(1))
    assert delivery.stats() == DeliveryStats()
    directory.unlink()
    delivery.submit(operation(2))
    assert delivery.flush(20)
    assert stored(backend) == ["2"]


def test_buffered_works_without_a_spool(
    deliver: Deliver,
    directory: Path,
    backend: Any,
    operation: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    directory.touch()
    backend.go_away()
    delivery = deliver("buffered", queue_max=10, batch_size=5)
    taken: list[str] = []
    with pytest.raises(SpoolFullError, match="in memory and"):
        fill(delivery, operation, 100, taken)
    assert len(taken) >= 10
    until(lambda: delivery.stats().last_error)
    assert delivery.stats().queued == len(taken)
    time.sleep(0.05)
    assert delivery.stats().lag >= 0.05
    assert caplog.text.count("stay in memory") == 1
    backend.judge = lambda item: Outcome(400, "no") if item.id == "3" else None
    backend.come_back()
    assert delivery.flush(20)
    assert len(backend.documents) == len(taken) - 1
    assert delivery.stats().dead == 1
    assert "are lost" in caplog.text


@pytest.mark.parametrize("policy", ["drop_new", "drop_old"])
def test_buffered_drops_from_memory_without_a_spool(
    policy: str, deliver: Deliver, directory: Path, backend: Any, operation: Make
) -> None:
    directory.touch()
    backend.go_away()
    dropped: list[str] = []
    delivery = deliver(
        "buffered",
        queue_max=10,
        batch_size=5,
        spool_full=policy,
        on_dropped=lambda operations, reason: dropped.extend(item.id for item in operations),
    )
    taken = submit(delivery, (operation(number) for number in range(100)))
    backend.come_back()
    assert delivery.flush(20)
    assert sorted([*backend.documents, *dropped]) == sorted(taken)
    assert ("99" in backend.documents) == (policy == "drop_old")
    assert delivery.stats().dropped == len(dropped)


@BOTH
def test_close_sends_what_waits(
    mode: str, deliver: Deliver, backend: Any, operation: Make, directory: Path
) -> None:
    delivery = deliver(mode, batch_delay=60)
    submit(delivery, (operation(number) for number in range(25)))
    assert delivery.close()
    assert len(backend.documents) == 25
    assert not directory.exists() or list(directory.iterdir()) == []
    thread = delivery._worker._thread
    assert thread is not None
    assert not thread.is_alive()
    assert delivery.close()


@BOTH
def test_close_leaves_the_rest_to_others(
    mode: str, deliver: Deliver, backend: Any, operation: Make, directory: Path
) -> None:
    backend.go_away()
    delivery = deliver(mode, batch_delay=60)
    taken = submit(delivery, (operation(number) for number in range(25)))
    before = time.monotonic()
    assert not delivery.close(30)
    assert time.monotonic() - before < 10, "there is no use in waiting for a backend that is away"
    report = inspect_spool(directory, "main")
    assert report.records == 25
    assert not any(segment.alive for segment in report.segments)
    backend.come_back()
    heir = deliver(mode)
    assert heir.flush(20)
    assert stored(backend) == taken


@BOTH
def test_close_keeps_what_is_on_its_way(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    backend.gate.clear()
    delivery = deliver(mode, batch_size=5)
    taken = submit(delivery, (operation(number) for number in range(7)))
    until(lambda: delivery._sender.is_busy)
    assert not delivery.close(0.05)
    backend.gate.set()
    assert deliver(mode).flush(20)
    assert stored(backend) == taken


def test_close_without_a_spool_says_what_is_lost(
    deliver: Deliver,
    directory: Path,
    backend: Any,
    operation: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    directory.touch()
    backend.go_away()
    dropped: list[str] = []
    delivery = deliver(
        "buffered",
        on_dropped=lambda operations, reason: dropped.extend(item.id for item in operations),
    )
    taken = submit(delivery, (operation(number) for number in range(7)))
    assert not delivery.close(0.05)
    assert sorted(dropped) == taken
    assert "7 records for backend 'main' were dropped" in caplog.text


@BOTH
def test_after_close_records_are_kept(
    mode: str, deliver: Deliver, backend: Any, operation: Make
) -> None:
    delivery = deliver(mode)
    delivery.close()
    submit(delivery, iter([operation(1)]))
    assert delivery.stats().spooled == 1
    delivery._spool.close()
    assert deliver(mode).flush(20)
    assert stored(backend) == ["1"]


@BOTH
def test_many_threads(mode: str, deliver: Deliver, backend: Any, operation: Make) -> None:
    delivery = deliver(mode, batch_size=50, queue_max=100)

    def work(start: int) -> None:
        for number in range(start, start + 500):
            delivery.submit(operation(number))
            if number % 100 == 0:
                (backend.go_away if number % 200 else backend.come_back)()

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    backend.come_back()
    assert delivery.flush(30)
    assert len(backend.documents) == 1500


def test_direct(backend: Any, operation: Make) -> None:
    backend.store = lambda item: backend.store_many([item])[0]
    delivery = make_delivery(backend, DeliveryOptions())
    assert isinstance(delivery, DirectDelivery)
    assert delivery.submit(operation(1)) == Outcome(201)
    assert delivery.flush()
    assert delivery.stats() == DeliveryStats(sent=1)
    backend.error = BackendRefusedError(backend="main", status=503, reason="busy")
    with pytest.raises(BackendRefusedError):
        delivery.submit(operation(2))
    assert delivery.close()


@BOTH
def test_nothing_is_made_before_the_first_record(
    mode: str, deliver: Deliver, directory: Path
) -> None:
    threads = threading.active_count()
    delivery = deliver(mode)
    assert delivery.stats() == DeliveryStats()
    assert delivery.flush()
    assert delivery.close()
    assert not directory.exists()
    assert threading.active_count() == threads
