"""The files of the spool: full, forbidden, damaged, and for nobody else's eyes."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from outage.ledger import check_exactly_once, stored_items, until
from outage.recordtype import make_operation
from outage.server import MOST_CONTENT

from djelme.delivery.spool import Spool
from djelme.errors import BackendError, BackendRefusedError, SpoolError, SpoolFullError
from djelme.operation import Operation
from elasticsearch_metrics import signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from outage.program import Program
    from outage.server import Server

    from djelme_testing.conformance import Site

    Start = Callable[..., Program]
    Deliver = Callable[..., Any]

BOTH = pytest.mark.parametrize("mode", ["buffered", "durable"])
_TEN_MB = ["x" * 30_000] * 334
_SMALL_DISK = 'mount -t tmpfs -o size=192k,mode=0700 none "$0" && exec "$@"'


def test_a_limit_of_the_size_of_files(usage: Any, start: Start, flush: Callable[[], Any]) -> None:
    """Case 10: nothing is acknowledged that isn't kept, and later records are taken again."""
    program = start("limit", 1)
    acknowledged = program.finish()
    assert len(acknowledged) == 19
    assert "File too large; the record was not taken" in program.complaints
    flush()
    check_exactly_once(usage, acknowledged)


def test_a_full_disk(
    usage: Any, start: Start, server: Server, spool_dir: Path, flush: Callable[[], Any]
) -> None:
    """Case 10, on a small disk of its own; where none can be had, by the limit again."""
    spool_dir.mkdir()
    wrapper = ["unshare", "-rm", "sh", "-c", _SMALL_DISK, str(spool_dir)]
    can = not subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode  # noqa: S603 - our own command
    with server.frozen():
        program = start("fill" if can else "limit", 1, wrapper=wrapper if can else ())
        if can:
            until(lambda: "full" in program.said or program.process.poll(), "a full disk")
    acknowledged = program.finish()
    reason = "No space left on device" if can else "File too large"
    assert f"{reason}; the record was not taken" in program.complaints
    flush()
    check_exactly_once(usage, acknowledged)


def test_a_directory_that_may_only_be_read(
    usage: Any, start: Start, spool_dir: Path, flush: Callable[[], Any]
) -> None:
    """Case 11."""
    spool_dir.mkdir()
    program = start("forbid", 1, spool_dir)
    acknowledged = program.finish()
    assert "Permission denied; the record was not taken" in program.complaints
    assert acknowledged == [100_001]
    flush()
    check_exactly_once(usage, acknowledged)


def test_a_directory_that_cannot_be_made(
    usage: Any, deliver: Deliver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Case 11: durable says so at once; buffered does without, as long as there is memory."""
    (tmp_path / "file").touch()
    nowhere = {"djelme_spool_dir": str(tmp_path / "file" / "spool")}
    deliver("durable", **nowhere)
    with pytest.raises(SpoolError, match="Not a directory; the record was not taken"):
        usage.record(item_id=0)
    delivery = deliver("buffered", **nowhere)
    for number in range(1, 60):
        usage.record(item_id=number)
    assert delivery.flush(120), delivery.stats()
    check_exactly_once(usage, range(1, 60))


def test_a_directory_that_is_not_there_is_made(
    usage: Any, deliver: Deliver, tmp_path: Path
) -> None:
    """Case 11."""
    directory = tmp_path / "some" / "where"
    delivery = deliver("durable", djelme_spool_dir=str(directory))
    usage.record(item_id=0)
    assert delivery.flush(120)
    assert directory.stat().st_mode & 0o777 == 0o700
    check_exactly_once(usage, [0])


@pytest.fixture
def dropped() -> Iterator[list[int]]:
    """How many records receivers of the signal were told of, each time."""
    heard: list[int] = []

    def listen(count: int, reason: str, **_: Any) -> None:
        assert "full" in reason
        heard.append(count)

    signals.records_dropped.connect(listen)
    yield heard
    signals.records_dropped.disconnect(listen)


@BOTH
@pytest.mark.parametrize("policy", ["raise", "drop_new", "drop_old"])
def test_a_spool_over_its_bound(
    *,
    mode: str,
    policy: str,
    usage: Any,
    deliver: Deliver,
    server: Server,
    spool_dir: Path,
    dropped: list[int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Case 12: records that are dropped are counted, told and logged; the others are stored."""
    delivery = deliver(
        mode,
        djelme_spool_full=policy,
        djelme_spool_max_bytes=65_536,
        djelme_queue_max=10,
        djelme_batch_size=5,
    )
    acknowledged, refused = [], []
    with server.frozen():
        for number in range(60):
            try:
                usage.record(item_id=number, note="x" * 3000)
            except SpoolFullError:
                refused.append(number)
            else:
                acknowledged.append(number)
        used = sum(path.stat().st_size for path in spool_dir.glob("segment*.ndjson"))
        assert used <= 65_536
    assert delivery.flush(120), delivery.stats()
    stored = stored_items(usage)
    assert set(stored.values()) == {1}
    assert stored.keys() <= set(acknowledged)
    assert len(stored) + sum(dropped) == len(acknowledged)
    assert delivery.stats().dropped == sum(dropped)
    assert bool(refused) is (policy == "raise")
    assert bool(dropped) is (policy != "raise")
    assert ("were dropped: " in caplog.text) is (policy != "raise")
    assert (59 in stored) is (policy == "drop_old")
    assert "xxx" not in caplog.text


def test_damaged_segments(
    site: Site, usage: Any, spool_dir: Path, flush: Callable[[], Any]
) -> None:
    """Case 13: whatever can be read is delivered, and nothing else is harmed."""
    operations = [make_operation(usage, item_id=number) for number in range(50)]

    def leave(part: slice) -> Path:
        spool = Spool(spool_dir, "main", max_bytes=10**6)
        for operation in operations[part]:
            spool.append(operation.lines)
        spool.close()
        return max(spool_dir.glob("segment*.ndjson"))

    def add(path: Path, data: bytes) -> None:
        with path.open("ab") as file:
            file.write(data)

    torn = leave(slice(10))
    add(torn, operations[10].lines[:-10])
    half = leave(slice(10, 20))
    add(half, operations[20].lines.partition(b"\n")[0] + b"\n")
    damaged = leave(slice(20, 30))
    add(damaged, b"\x00\xff garbage\n{}\n" + b"".join(each.lines for each in operations[30:40]))
    left_alone = {
        "segment-0000000000000001-1-00000000.ndjson": b"",
        "segment-0000000000000002-1-00000000.ndjson": b"no header\n",
        "segment-0000000000000003-1-00000000.ndjson": (
            b'{"djelme_spool": 2}\n' + operations[40].lines
        ),
        "segment-of-mine.ndjson": b"mine",
        "notes.txt": b"mine, too",
    }
    for name, data in left_alone.items():
        (spool_dir / name).write_bytes(data)

    flush()
    check_exactly_once(usage, range(40))
    assert (spool_dir / "quarantine.bin").read_bytes() == b"\x00\xff garbage\n{}\n"
    for name, data in left_alone.items():
        assert (spool_dir / name).read_bytes() == data
    assert not torn.exists()
    assert site.index_names() == [operations[0].index]


def test_files_are_for_their_owner_only(
    imp: str, usage: Any, deliver: Deliver, spool_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No secret is in them, nor in logs; and they are readable for nobody else."""
    user = "http_auth" if imp.endswith("6") else "basic_auth"
    before = os.umask(0)
    try:
        delivery = deliver("durable", hosts="http://127.0.0.1:9", **{user: ("somebody", "s3cret")})
        usage.record(item_id=0, note="private")
        delivery.dead_letters.append([])
        until(lambda: delivery.stats().last_error, "an attempt")
        assert not delivery.close(0)
    finally:
        os.umask(before)
    files = list(spool_dir.iterdir())
    assert files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert spool_dir.stat().st_mode & 0o777 == 0o700
    written = b"".join(path.read_bytes() for path in files)
    assert b"private" in written
    assert b"s3cret" not in written
    assert b"somebody" not in written
    assert "s3cret" not in caplog.text
    assert "private" not in caplog.text


@BOTH
def test_requests_that_are_too_long_for_the_server(mode: str, usage: Any, deliver: Deliver) -> None:
    """A batch beyond its limit is sent in parts."""
    delivery = deliver(mode)
    note = "x" * 30_000
    for number in range(60):
        usage.record(item_id=number, note=note)
    assert 50 * len(note) > MOST_CONTENT
    assert delivery.flush(120), delivery.stats()
    check_exactly_once(usage, range(60))
    assert delivery.stats().dead == 0


@BOTH
def test_a_record_that_is_too_long_for_the_server(mode: str, usage: Any, deliver: Deliver) -> None:
    """10 MB in one record: it becomes a dead letter, and holds up the others for a while only."""
    delivery = deliver(mode)
    for number in range(20):
        usage.record(item_id=number, notes=_TEN_MB if number == 5 else [])
    assert delivery.flush(120), delivery.stats()
    check_exactly_once(usage, [number for number in range(20) if number != 5])
    (letter,) = delivery.dead_letters.read()
    assert len(letter.operation.source) > 10_000_000


def test_what_is_too_long_is_refused_by_an_error(usage: Any) -> None:
    """In direct delivery and in a bulk, where somebody waits for the answer."""
    with pytest.raises(BackendError):
        usage.record(item_id=0, notes=_TEN_MB)
    result = usage.bulk_record(
        ({"item_id": number, "note": "x" * 30_000} for number in range(60)), chunk_size=60
    )
    assert (result.created, result.existing) == (60, 0)
    check_exactly_once(usage, range(60))


@pytest.mark.usefixtures("every_imp")
def test_what_is_too_long_spoils_nothing_that_comes_after_it(usage: Any) -> None:
    """Servers may take the rest of such a request for the next one on its connection."""
    for number in range(0, 60, 2):
        with pytest.raises(BackendRefusedError):
            usage.record(item_id=number, notes=["x" * 8_000] * 400)
        usage.record(item_id=number)
        usage.record(item_id=number + 1)
    check_exactly_once(usage, range(60))


def test_operations_survive_the_spool(usage: Any, spool_dir: Path) -> None:
    """What is read is what was written, to the byte."""
    spool = Spool(spool_dir, "main", max_bytes=10**6)
    operation = make_operation(usage, item_id=1, note='a "quoted"\nnote \u2028 \U0001f600')
    spool.append(operation.lines)
    batch = spool.next_batch(10, 10**6)
    assert batch is not None
    assert batch.operations == [operation]
    assert isinstance(batch.operations[0], Operation)
    spool.close()
