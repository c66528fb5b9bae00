from __future__ import annotations

import contextlib
import itertools
import logging
import math
import os
import pickle
import resource
import stat
import threading
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from djelme.delivery.spool import Spool, SpooledBatch
from djelme.delivery.spool_directory import QUARANTINE_NAME
from djelme.delivery.spool_report import inspect_spool
from djelme.errors import SpoolError, SpoolFullError
from djelme.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Make = Callable[..., Operation]

MEGABYTE = 1024 * 1024


@pytest.fixture
def make(directory: Path) -> Iterator[Callable[..., Spool]]:
    made = []

    def make_spool(**options: Any) -> Spool:
        spool = Spool(
            **{"directory": directory, "backend": "main", "max_bytes": MEGABYTE, **options}
        )
        made.append(spool)
        return spool

    yield make_spool
    for spool in made:
        spool.close()


def fill(spool: Spool, operations: list[Operation]) -> None:
    for operation in operations:
        assert spool.append(operation.lines) is None


def drain(spool: Spool) -> list[str]:
    found = []
    while (batch := spool.next_batch(7, MEGABYTE)) is not None:
        found += [operation.id for operation in batch.operations]
        spool.acknowledge(batch)
    return found


def large(operation: Make, number: int) -> Operation:
    return operation(number, source=b'{"n":"' + b"x" * 10_000 + b'"}')


def test_everything_comes_back_once_in_its_order(
    make: Callable[..., Spool], operation: Make
) -> None:
    spool = make()
    fill(spool, [operation(number) for number in range(100)])
    assert spool.pending == 100
    assert drain(spool) == [str(number) for number in range(100)]
    assert spool.pending == 0
    assert spool.age == 0.0


def test_segments_are_rolled_and_removed(
    make: Callable[..., Spool], directory: Path, operation: Make
) -> None:
    spool = make()
    fill(spool, [large(operation, number) for number in range(50)])
    segments = list(directory.glob("segment-*.ndjson"))
    assert len(segments) > 5
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in segments)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert drain(spool) == [str(number) for number in range(50)]
    assert list(directory.glob("segment-*.ndjson")) == []
    fill(spool, [operation(1)])
    assert drain(spool) == ["1"]


def test_nothing_is_made_before_it_is_needed(make: Callable[..., Spool], directory: Path) -> None:
    spool = make()
    assert spool.next_batch(5, MEGABYTE) is None
    assert spool.claim() == 0
    assert not directory.exists()


class Interruption:
    """Something that records in the middle of a write, once, as a signal handler does.

    Args:
        spool: where it records.
        lines: what it records.
        beginning: how what is written begins.
        early: whether it comes before the write, not after it.
    """

    def __init__(self, spool: Spool, lines: list[bytes], beginning: bytes, early: bool) -> None:
        self._spool, self._lines = spool, lines
        self._beginning, self._early = beginning, early
        self._write = os.write

    def __call__(self, descriptor: int, data: bytes) -> int:
        comes, lines = data.startswith(self._beginning), self._lines
        if comes:
            self._lines = []
        if comes and self._early:
            self._record(lines)
        written = self._write(descriptor, data)
        if comes and not self._early:
            self._record(lines)
        return written

    def _record(self, lines: list[bytes]) -> None:
        for line in lines:
            self._spool.append(line)


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("beginning", [b'{"create"', b'{"djelme'])
def test_what_records_in_the_middle_of_an_append_damages_nothing(
    make: Callable[..., Spool],
    operation: Make,
    monkeypatch: pytest.MonkeyPatch,
    beginning: bytes,
    early: bool,
) -> None:
    spool = make()
    inner = [operation("inner").lines, operation("inner too").lines]
    with monkeypatch.context() as patch:
        patch.setattr("os.write", Interruption(spool, inner, beginning, early))
        fill(spool, [operation("outer")])
    fill(spool, [large(operation, number) for number in range(20)])
    expected = sorted([*map(str, range(20)), "inner", "inner too", "outer"])
    assert spool.pending == len(expected)
    assert sorted(drain(spool)) == expected
    assert spool.pending == 0


def test_nothing_is_logged_while_the_spool_is_held(
    make: Callable[..., Spool], operation: Make, directory: Path
) -> None:
    """A handler may hold a lock of its own, and record in another thread while it has it."""
    spool = make()
    fill(spool, [operation(0)])
    is_free: list[bool] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            other = threading.Thread(target=lambda: spool.append(operation(9).lines))
            other.start()
            other.join(5)
            is_free.append(not other.is_alive())

    handler = Handler()
    logging.getLogger("djelme.delivery").addHandler(handler)
    try:
        for path in directory.iterdir():
            path.unlink()
        fill(spool, [operation(1)])
    finally:
        logging.getLogger("djelme.delivery").removeHandler(handler)
    assert is_free == [True]


def test_a_note_of_another_age_stops_nothing(
    make: Callable[..., Spool], operation: Make, directory: Path
) -> None:
    first = make()
    fill(first, [operation(1)])
    first.close()
    (segment,) = directory.glob("segment-*.ndjson")
    segment.with_name(f"{segment.name}.ack").write_bytes(b"0" * 20 + b" " + b"9" * 16 + b"\n")
    assert inspect_spool(directory, "main").records == 1
    heir = make()
    assert heir.claim() == 1
    assert drain(heir) == ["1"]


def test_segments_are_held_in_bounded_numbers(
    make: Callable[..., Spool], operation: Make, directory: Path
) -> None:
    for number in range(200):
        left = make()
        left.append(operation(number).lines)
        left.close()
    heir = make()
    before = len(list(Path("/dev/fd").iterdir()))
    assert heir.claim() == 64
    assert heir.has_more
    assert not heir.is_short
    assert len(list(Path("/dev/fd").iterdir())) <= before + 64
    found = []
    while heir.pending or heir.is_short:
        found += drain(heir)
        heir.claim()
    assert sorted(found, key=int) == [str(number) for number in range(200)]
    assert not heir.has_more
    assert list(directory.glob("segment-*.ndjson")) == []


def test_a_spool_that_is_removed_is_noticed_by_the_next_record(
    make: Callable[..., Spool],
    operation: Make,
    directory: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    spool = make()
    fill(spool, [operation(0)])
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()
    fill(spool, [operation(1), operation(2)])
    assert "was removed while it was in use" in caplog.text
    assert len(list(directory.glob("segment-*.ndjson"))) == 1
    # As long as the process lives, what was removed is still there for it.
    assert drain(spool) == ["0", "1", "2"]


HEADER = (
    b'{"djelme_spool": 1, "backend": "main", "pid": 42, "created": "2026-11-27T00:00:00.000Z"}\n'
)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"42", b"1e400"),
        (b"42", b"true"),
        (b"42", b"NaN"),
        (b": 1,", b": Infinity,"),
        (b": 1,", b": 1.0,"),
        (b'"main"', b"7"),
        (b"2026-11-27T00:00:00.000Z", b"0001-01-01T00:00:00"),
        (b"2026-11-27T00:00:00.000Z", b"0001-01-01T00:00:00+14:00"),
        (b'"2026-11-27T00:00:00.000Z"', b"1e400"),
        (HEADER, b"[" * 60_000 + b"\n"),
        (HEADER, b"{" * 70_000),
        (HEADER, b"\xff\xfe\n"),
    ],
    ids=str,
)
def test_a_damaged_header_stops_nothing(
    make: Callable[..., Spool], operation: Make, directory: Path, good: bytes, bad: bytes
) -> None:
    first = make()
    fill(first, [operation(1)])
    first.close()
    (segment,) = directory.glob("segment-*.ndjson")
    damaged = segment.with_name("segment-1000000000000000-4242-0123abcd.ndjson")
    damaged.write_bytes(HEADER.replace(good, bad) + operation(2).lines)
    damaged.chmod(0o600)
    heir = make()
    assert heir.claim() == 1
    assert drain(heir) == ["1"]
    (report,) = inspect_spool(directory, "main").segments
    assert report.problem
    assert damaged.exists()


def test_what_is_not_acknowledged_is_claimed(make: Callable[..., Spool], operation: Make) -> None:
    first = make()
    fill(first, [operation(number) for number in range(10)])
    batch = first.next_batch(4, MEGABYTE)
    assert batch is not None
    first.acknowledge(batch)
    first.next_batch(4, MEGABYTE)
    second = make()
    assert second.claim() == 0
    first.close()
    assert second.claim() == 1
    assert second.pending == 6
    assert drain(second) == [str(number) for number in range(4, 10)]
    assert make().claim() == 0


def test_claimed_operations_go_first(make: Callable[..., Spool], operation: Make) -> None:
    first, second = make(), make()
    fill(first, [operation(1)])
    fill(second, [operation(2)])
    first.close()
    second.claim()
    assert drain(second) == ["1", "2"]


def test_other_backends_and_unknown_files_are_left_alone(
    make: Callable[..., Spool],
    directory: Path,
    operation: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = make(backend="other")
    fill(other, [operation(1)])
    other.close()
    newer = directory / "segment-0000000000000001-1-00000000.ndjson"
    newer.write_bytes(b'{"djelme_spool": 2, "something": "new"}\nrecords\n')
    unreadable = directory / "segment-0000000000000002-1-00000000.ndjson"
    unreadable.write_bytes(b"\x00\xff\n" * 5)
    (directory / "notes.txt").write_text("mine")
    before = {path: path.read_bytes() for path in directory.iterdir()}
    spool = make()
    for _ in range(2):
        assert spool.claim() == 0
    assert drain(spool) == []
    assert {path: path.read_bytes() for path in directory.iterdir()} == before
    assert caplog.text.count("version 2") == 1
    assert caplog.text.count("has no header") == 1


def test_empty_segments_are_left_alone(make: Callable[..., Spool], directory: Path) -> None:
    directory.mkdir()
    empty = directory / "segment-0000000000000001-1-00000000.ndjson"
    empty.touch()
    spool = make()
    assert spool.claim() == 0
    assert drain(spool) == []


def test_half_made_segments_are_removed_when_they_are_old(
    make: Callable[..., Spool], directory: Path
) -> None:
    directory.mkdir()
    old, new = (directory / f".segment-000000000000000{n}-1-00000000.ndjson.new" for n in (1, 2))
    old.touch()
    new.touch()
    os.utime(old, (time.time() - 3600,) * 2)
    make().claim()
    assert list(directory.iterdir()) == [new]


def test_garbage_is_quarantined(
    make: Callable[..., Spool],
    directory: Path,
    operation: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = make()
    fill(first, [operation(1)])
    (path,) = directory.glob("segment-*")
    first.close()
    garbage = b"\x00" * 50 + b"\n" + b'{"broken\n'
    with path.open("ab") as file:
        file.write(garbage + operation(2).lines + b"\xff\xff\n" + operation(3).lines)
    spool = make()
    spool.claim()
    assert drain(spool) == ["1", "2", "3"]
    aside = directory / QUARANTINE_NAME
    assert aside.read_bytes() == garbage + b"\xff\xff\n"
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    assert spool.garbage == len(garbage) + 3
    assert "are no records" in caplog.text
    assert spool.pending == 0


def test_nothing_but_garbage(make: Callable[..., Spool], directory: Path, operation: Make) -> None:
    first = make()
    fill(first, [operation(1)])
    (path,) = directory.glob("segment-*")
    first.close()
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0] + b"nothing\n" * 500)
    spool = make()
    spool.claim()
    assert drain(spool) == []
    assert spool.pending == 0


def until_full(spool: Spool, operation: Make) -> int:
    for number in range(1000):
        spool.append(large(operation, number).lines)
    return 1000


def test_a_full_spool_raises(make: Callable[..., Spool], directory: Path, operation: Make) -> None:
    spool = make()
    with pytest.raises(SpoolFullError, match="is full") as caught:
        until_full(spool, operation)
    assert caught.value.backend == "main"
    assert caught.value.directory == str(directory)
    used = sum(path.stat().st_size for path in directory.iterdir())
    assert MEGABYTE - 20_000 < used <= MEGABYTE
    # Room comes back when something was sent.
    kept = spool.pending
    assert len(drain(spool)) == kept
    spool.append(large(operation, 1).lines)


def test_a_full_spool_drops_the_oldest(
    make: Callable[..., Spool], directory: Path, operation: Make
) -> None:
    spool = make(full="drop_old")
    dropped = []
    for number in range(300):
        dropped += [item.id for item in spool.append(large(operation, number).lines) or ()]
    assert sum(path.stat().st_size for path in directory.iterdir()) <= MEGABYTE
    kept = drain(spool)
    assert dropped + kept == [str(number) for number in range(300)]
    assert len(kept) > 50


def test_what_is_being_sent_is_not_dropped(make: Callable[..., Spool], operation: Make) -> None:
    spool = make(full="drop_old")
    fill(spool, [large(operation, 0)])
    batch = spool.next_batch(1, MEGABYTE)
    assert batch is not None
    dropped = []
    for number in range(1, 300):
        dropped += [item.id for item in spool.append(large(operation, number).lines) or ()]
    assert "0" not in dropped
    spool.acknowledge(batch)
    assert sorted(map(int, ["0", *dropped, *drain(spool)])) == list(range(300))


def test_a_record_larger_than_the_spool(make: Callable[..., Spool], operation: Make) -> None:
    spool = make(full="drop_old", max_bytes=65_536)
    fill(spool, [operation(1)])
    huge = operation(2, source=b'{"n":"' + b"x" * 70_000 + b'"}')
    with pytest.raises(SpoolFullError):
        spool.append(huge.lines)
    assert drain(spool) == ["1"]


def test_the_bound_counts_what_others_have(make: Callable[..., Spool], operation: Make) -> None:
    first, second = make(), make()
    with pytest.raises(SpoolFullError):
        until_full(first, operation)
    second.claim()
    with pytest.raises(SpoolFullError):
        second.append(large(operation, 1).lines)


def test_the_bound_holds_while_segments_are_claimed(
    make: Callable[..., Spool],
    directory: Path,
    operation: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What others add and remove during a claim is counted once."""
    spool = make(full="drop_old")
    numbers = itertools.count()
    lines = (large(operation, number).lines for number in numbers)
    while spool.append(next(lines)) is None:
        pass
    while spool._used + 20_000 < MEGABYTE:
        spool.append(next(lines))
    claim = spool._shared.claim

    def claim_slowly(*arguments: Any) -> Any:
        monkeypatch.undo()
        while spool.append(next(lines)) is None:
            pass
        return claim(*arguments)

    monkeypatch.setattr(spool._shared, "claim", claim_slowly)
    spool.claim()
    for _ in range(40):
        spool.append(next(lines))
        used = sum(path.stat().st_size for path in directory.glob("segment*.ndjson"))
        assert used <= MEGABYTE


def test_says_why_it_can_not_be_written(
    make: Callable[..., Spool], tmp_path: Path, operation: Make
) -> None:
    (tmp_path / "file").touch()
    spool = make(directory=tmp_path / "file")
    with pytest.raises(SpoolError, match="djelme_spool_dir") as caught:
        spool.append(operation(1).lines)
    assert not isinstance(caught.value, SpoolFullError)
    assert caught.value.reason
    (tmp_path / "file").unlink()
    fill(spool, [operation(1)])
    assert drain(spool) == ["1"]


@contextlib.contextmanager
def longest_file(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_limit_for_files(make: Callable[..., Spool], directory: Path, operation: Make) -> None:
    spool = make(max_bytes=100 * MEGABYTE)
    with longest_file(35_000):
        fill(spool, [large(operation, number) for number in range(10)])
        with pytest.raises(SpoolError, match="large"):
            spool.append(operation(99, source=b'{"n":"' + b"x" * 40_000 + b'"}').lines)
    fill(spool, [operation(10)])
    assert drain(spool) == [str(number) for number in range(11)]
    assert not (directory / QUARANTINE_NAME).exists()


@pytest.mark.parametrize("policy", ["raise", "drop_old"])
def test_a_full_disk(
    make: Callable[..., Spool], operation: Make, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = make(full=policy)
    fill(spool, [large(operation, number) for number in range(20)])
    full = True
    real_write = os.write

    def write(descriptor: int, data: bytes) -> int:
        nonlocal full
        if full and len(data) > 5_000:
            real_write(descriptor, data[:100])
            full = policy == "raise"
            raise OSError(28, "No space left on device")
        return real_write(descriptor, data)

    def write_in_parts(descriptor: int, data: bytes) -> int:
        if full and len(data) > 9_000:
            return real_write(descriptor, data[:100])
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", write_in_parts)
    if policy == "raise":
        with pytest.raises(SpoolFullError, match="No space left"):
            spool.append(large(operation, 20).lines)
        dropped: list[str] = []
    else:
        dropped = [item.id for item in spool.append(large(operation, 20).lines) or ()]
        assert dropped
    monkeypatch.undo()
    fill(spool, [large(operation, 21)])
    expected = [str(number) for number in range(22) if policy == "drop_old" or number != 20]
    assert dropped + drain(spool) == expected
    assert spool.garbage == 0


def test_a_clock_that_jumps_back_changes_nothing(
    make: Callable[..., Spool], operation: Make
) -> None:
    now = 2_000_000_000.0
    spool = make(clock=lambda: now)
    fill(spool, [large(operation, number) for number in range(10)])
    now -= 3600
    fill(spool, [large(operation, number) for number in range(10, 20)])
    assert spool.age < 60
    found = drain(spool)
    assert sorted(map(int, found)) == list(range(20))


def test_a_child_leaves_everything_to_its_parent(
    make: Callable[..., Spool], directory: Path, operation: Make
) -> None:
    spool = make()
    fill(spool, [operation(1)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Threads of other tests may be left.
        child = os.fork()
    if child == 0:
        spool.abandon()
        spool.append(operation(2).lines)
        drained = drain(spool) == ["2"]
        spool.close()
        os._exit(0 if drained else 1)
    assert os.waitpid(child, 0)[1] == 0
    fill(spool, [operation(3)])
    assert drain(spool) == ["1", "3"]


def test_notes_that_can_not_be_written_do_no_harm(
    make: Callable[..., Spool],
    operation: Make,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_space(*_: object) -> int:
        raise OSError(28, "No space left on device")

    spool = make()
    fill(spool, [operation(1), operation(2)])
    monkeypatch.setattr(os, "pwrite", no_space)
    with caplog.at_level(logging.WARNING):
        assert drain(spool) == ["1", "2"]
    assert "No space left" in caplog.text


@pytest.mark.parametrize("cls", [SpoolError, SpoolFullError])
def test_errors_pickle(cls: type[SpoolError]) -> None:
    error = cls(backend="main", directory="/var/spool", reason="no space")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is cls
    assert str(copy) == str(error)
    assert (copy.backend, copy.directory, copy.reason) == ("main", "/var/spool", "no space")


class SpoolMachine(RuleBasedStateMachine):
    """Several processes with one directory: whatever they do, nothing is lost."""

    spools = Bundle("spools")

    def __init__(self) -> None:
        super().__init__()
        self._directory = TemporaryDirectory()
        self._path = Path(self._directory.name)
        self._taken: set[str] = set()
        self._acknowledged: list[str] = []
        self._batches: dict[Spool, SpooledBatch] = {}
        self._open: list[Spool] = []

    @rule(target=spools)
    def begin(self) -> Spool:
        spool = Spool(self._path, "main", max_bytes=100_000)
        self._open.append(spool)
        return spool

    @rule(spool=spools, length=st.integers(1, 3_000), count=st.integers(1, 3))
    def append(self, spool: Spool, length: int, count: int) -> None:
        lines = b""
        ids = []
        for _ in range(count):
            ids.append(str(len(self._taken) + len(ids)))
            lines += Operation("things", ids[-1], b'{"n":"' + b"x" * length + b'"}').lines
        with contextlib.suppress(SpoolFullError):
            assert spool.append(lines, count) is None
            self._taken.update(ids)

    @rule(spool=spools, most=st.integers(1, 5), max_bytes=st.integers(1, 5_000))
    def read(self, spool: Spool, most: int, max_bytes: int) -> None:
        batch = spool.next_batch(most, max_bytes)
        if batch is not None:
            assert 1 <= len(batch.operations) <= most
            self._batches[spool] = batch

    @rule(spool=spools)
    def acknowledge(self, spool: Spool) -> None:
        batch = self._batches.pop(spool, None)
        if batch is not None:
            self._acknowledged += [operation.id for operation in batch.operations]
            spool.acknowledge(batch)

    @rule(spool=spools)
    def claim(self, spool: Spool) -> None:
        if spool not in self._batches:
            spool.claim()

    @rule(spool=spools, torn=st.integers(0, 45))
    def die(self, spool: Spool, torn: int) -> None:
        """End as by SIGKILL, in the middle of a write."""
        active = spool._active
        if torn and active is not None:
            os.write(active._descriptor, Operation("things", "torn", b"{}").lines[:torn])
        spool.abandon()
        self._batches.pop(spool, None)

    def teardown(self) -> None:
        for spool in self._open:
            spool.abandon()
        heir = Spool(self._path, "main", max_bytes=100_000)
        heir.claim()
        rest = drain(heir)
        heir.close()
        assert {*self._acknowledged, *rest} == self._taken
        # What was acknowledged is known for good, also to heirs.
        assert len(self._acknowledged) + len(rest) == len(self._taken)
        assert heir.garbage == 0
        assert list(self._path.iterdir()) == []
        self._directory.cleanup()


TestSpoolMachine = SpoolMachine.TestCase
TestSpoolMachine.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)


def test_what_is_parked_backs_off(make: Callable[..., Spool], operation: Make) -> None:
    spool = make()
    spool.append(operation(1).lines)
    spool.park(operation(2).lines, 1, age=50.0)
    spool.back_off(1000)
    spool.park(operation(3).lines, 1, age=10.0)
    assert (spool.pending, spool.backing_off, spool.ready) == (3, 2, 1)
    assert 900 < spool.backoff_left <= 1000
    assert spool.age >= 50 > spool.ready_age
    batch = spool.next_batch(10, 10**6)
    assert batch is not None
    assert batch.operations == [operation(1)]
    spool.acknowledge(batch)
    assert spool.next_batch(10, 10**6) is None
    spool.end_backoff()
    assert spool.ready == 0

    spool.append(operation(4).lines)
    spool.end_backoff(early=True)
    assert (spool.ready, spool.backoff_left) == (3, math.inf)
    # It is older than the others.
    batch = spool.next_batch(10, 10**6)
    assert batch is not None
    assert batch.operations == [operation(2), operation(3)]
    assert batch.segment.is_parked
    spool.put_back()
    assert (spool.pending, spool.ready) == (3, 3)
    spool.close()

    heir = make()
    assert heir.claim() == 2
    assert (heir.pending, heir.backing_off) == (3, 0)
