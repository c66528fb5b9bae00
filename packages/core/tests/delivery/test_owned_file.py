from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from djelme.delivery.dead_letter import DEAD_LETTERS_NAME
from djelme.delivery.owned_file import open_own, read_own, require_own_directory
from djelme.delivery.spool import Spool
from djelme.delivery.spool_report import inspect_spool
from djelme.errors import SpoolError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from djelme.operation import Operation

WRITING = os.O_WRONLY | os.O_CREAT | os.O_APPEND


@pytest.fixture
def spool(directory: Path) -> Spool:
    return Spool(directory, "main", max_bytes=1_000_000)


def test_a_file_is_made_for_the_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    os.close(open_own(path, WRITING))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_own(path) == b""


def test_files_of_others_are_not_opened(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    target.chmod(0o600)
    (tmp_path / "link").symlink_to(target)
    os.link(target, tmp_path / "name")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "open").touch()
    (tmp_path / "open").chmod(0o666)
    for name in ("link", "name", "pipe", "open"):
        with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
            os.close(open_own(tmp_path / name, WRITING))
    assert target.read_bytes() == b"precious"


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_directory_that_others_may_write_to_is_refused(
    directory: Path, spool: Spool, operation: Callable[..., Operation], mode: int
) -> None:
    directory.mkdir()
    directory.chmod(mode)
    with pytest.raises(SpoolError, match=f"others may write to it .*{mode:04o}"):
        spool.append(operation(1).lines)
    assert spool.claim() == 0
    with pytest.raises(SpoolError, match="others may write"):
        inspect_spool(directory, "main")
    assert list(directory.iterdir()) == []


def test_a_link_is_no_directory(
    directory: Path, tmp_path: Path, spool: Spool, operation: Callable[..., Operation]
) -> None:
    (tmp_path / "other").mkdir(mode=0o700)
    directory.symlink_to(tmp_path / "other")
    with pytest.raises(SpoolError, match="not a directory"):
        spool.append(operation(1).lines)
    assert list((tmp_path / "other").iterdir()) == []


def test_a_directory_of_another_user_is_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.mkdir(mode=0o700)
    require_own_directory(directory)
    user = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: user + 1)
    with pytest.raises(PermissionError, match=f"belongs to the user with id {user}"):
        require_own_directory(directory)


def test_planted_segments_and_links_are_left_alone(
    directory: Path, tmp_path: Path, operation: Callable[..., Operation]
) -> None:
    first = Spool(directory, "main", max_bytes=1_000_000)
    first.append(operation(1).lines)
    first.close()
    (segment,) = directory.glob("segment-*.ndjson")
    outside = tmp_path / segment.name
    segment.rename(outside)
    segment.symlink_to(outside)
    second = Spool(directory, "main", max_bytes=1_000_000)
    assert second.claim() == 0
    segment.unlink()
    outside.rename(segment)
    segment.chmod(0o666)
    assert second.claim() == 0
    segment.chmod(0o600)
    assert second.claim() == 1
    second.close()


def test_acknowledgements_and_dead_letters_go_through_no_link(
    directory: Path, tmp_path: Path, spool: Spool, operation: Callable[..., Operation]
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    spool.append(operation(1).lines)
    spool.append(operation(2).lines)
    (segment,) = directory.glob("segment-*.ndjson")
    segment.with_name(f"{segment.name}.ack").symlink_to(victim)
    (directory / DEAD_LETTERS_NAME).symlink_to(victim)
    batch = spool.next_batch(1, 10_000)
    assert batch is not None
    spool.acknowledge(batch)
    with pytest.raises(SpoolError):
        inspect_spool(directory, "main")
    assert victim.read_bytes() == b"precious"
    spool.close()
