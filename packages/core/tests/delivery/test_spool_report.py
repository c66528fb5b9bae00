from __future__ import annotations

import datetime
import os
import time
from typing import TYPE_CHECKING

import pytest

from djelme.delivery.spool import Spool
from djelme.delivery.spool_report import SpoolReport, inspect_spool
from djelme.errors import SpoolError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from djelme.operation import Operation

UTC = datetime.timezone.utc


def test_a_directory_that_does_not_exist(directory: Path) -> None:
    assert inspect_spool(directory, "main") == SpoolReport(directory)
    assert not directory.exists()
    directory.touch()
    with pytest.raises(SpoolError, match="'main'"):
        inspect_spool(directory, "main")


def test_tells_what_is_there(directory: Path, operation: Callable[..., Operation]) -> None:
    begin = datetime.datetime.now(UTC) - datetime.timedelta(milliseconds=1)
    spool = Spool(directory, "main", max_bytes=1_000_000)
    for number in range(5):
        spool.append(operation(number).lines)
    (segment,) = inspect_spool(directory, "main").segments
    assert (segment.alive, segment.pid, segment.backend) == (True, os.getpid(), "main")
    assert (segment.records, segment.problem) == (5, "")
    assert segment.oldest is not None
    assert begin <= segment.oldest <= datetime.datetime.now(UTC)

    time.sleep(0.1)
    batch = spool.next_batch(3, 1_000_000)
    assert batch is not None
    spool.append(operation(6).lines)
    spool.acknowledge(batch)
    report = inspect_spool(directory, "main")
    assert (report.records, report.segments[0].alive) == (3, True)

    spool.close()
    report = inspect_spool(directory, "main")
    assert (report.records, report.segments[0].alive) == (3, False)
    assert report.bytes == sum(path.stat().st_size for path in directory.glob("*.ndjson"))
    assert report.oldest == report.segments[0].oldest

    heir = Spool(directory, "main", max_bytes=1_000_000)
    assert heir.claim() == 1
    heir.close()


def test_looking_takes_nothing_away(directory: Path, operation: Callable[..., Operation]) -> None:
    spool = Spool(directory, "main", max_bytes=1_000_000)
    spool.append(operation(1).lines)
    spool.close()
    before = {path: path.read_bytes() for path in directory.iterdir()}
    for _ in range(3):
        assert inspect_spool(directory, "main").records == 1
    assert {
        path: path.read_bytes() for path in directory.iterdir() if path.suffix != ".lock"
    } == before


def test_tells_what_is_left_alone(directory: Path) -> None:
    directory.mkdir()
    newer, unreadable = (
        directory / f"segment-000000000000000{n}-1-00000000.ndjson" for n in (1, 2)
    )
    newer.write_bytes(b'{"djelme_spool": 2}\n')
    unreadable.write_bytes(b"\x00\xff")
    (directory / "quarantine.bin").write_bytes(b"garbage")
    report = inspect_spool(directory, "main")
    assert [segment.problem for segment in report.segments] == [
        "it has version 2 of the format, not 1",
        "it has no header",
    ]
    assert report.quarantined == 7
    assert report.oldest is None
