from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djelme.delivery.segment import Segment, _extract, is_segment_name
from djelme.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Make = Callable[..., Operation]


@pytest.fixture
def segment(tmp_path: Path) -> Iterator[Segment]:
    made = Segment.create(tmp_path, "main", time.time)
    yield made
    made.release()


def test_the_file_is_private_and_has_a_header(segment: Segment) -> None:
    assert stat.S_IMODE(segment.path.stat().st_mode) == 0o600
    assert is_segment_name(segment.path.name)
    assert segment.path.read_bytes().startswith(b'{"djelme_spool": 1, "backend": "main", "pid": ')
    assert segment.is_empty
    assert segment.is_drained
    assert list(segment.path.parent.iterdir()) == [segment.path]


def test_names_are_in_the_order_of_time(tmp_path: Path) -> None:
    names = []
    for moment in (0.0, 5.0, 1_000_000_000.5, 2_000_000_000.0):
        made = Segment.create(tmp_path, "main", lambda moment=moment: moment)  # type: ignore[misc]
        names.append(made.path.name)
        made.release()
    assert names == sorted(names)


def test_operations_come_back(segment: Segment, operation: Make) -> None:
    for number in range(5):
        segment.append(operation(number).lines)
    first = segment.read(3, 10_000)
    assert [item.id for item in first.operations] == ["0", "1", "2"]
    assert segment.pending == 5
    assert segment.read(3, 10_000) == first
    segment.acknowledge(first.end, 3)
    rest = segment.read(3, 10_000)
    assert [item.id for item in rest.operations] == ["3", "4"]
    segment.acknowledge(rest.end, 2)
    assert segment.is_drained
    assert segment.age == 0.0


def test_parts_are_bounded_by_bytes_with_at_least_one(segment: Segment, operation: Make) -> None:
    large = operation("large", source=b'{"n":"' + b"x" * 100_000 + b'"}')
    for item in (operation(0), operation(1), large, operation(2)):
        segment.append(item.lines)
    found = []
    while not segment.is_drained:
        extract = segment.read(100, len(operation(0).lines))
        assert len(extract.operations) == 1
        found += extract.operations
        segment.acknowledge(extract.end, 1)
    assert found == [operation(0), operation(1), large, operation(2)]


def left_behind(segment: Segment) -> Path:
    """Return the path of a segment whose process is gone."""
    segment.release()
    return segment.path


def test_only_abandoned_segments_are_claimed(segment: Segment, operation: Make) -> None:
    segment.append(operation(0).lines)
    segment.append(operation(1).lines)
    assert Segment.claim(segment.path) is None
    claimed = Segment.claim(left_behind(segment))
    assert claimed is not None
    assert claimed.pending == 2
    assert [item.id for item in claimed.read(9, 10_000).operations] == ["0", "1"]
    assert Segment.claim(segment.path) is None
    claimed.remove()
    assert list(segment.path.parent.iterdir()) == []


def test_what_was_acknowledged_is_not_sent_again(segment: Segment, operation: Make) -> None:
    for number in range(4):
        segment.append(operation(number).lines)
    segment.acknowledge(segment.read(3, 10_000).end, 3)
    claimed = Segment.claim(left_behind(segment))
    assert claimed is not None
    assert claimed.pending == 1
    assert [item.id for item in claimed.read(9, 10_000).operations] == ["3"]
    claimed.release()


@pytest.mark.parametrize("note", [b"", b"nonsense", b"9" * 20 + b" " + b"0" * 16 + b"\n"])
def test_a_bad_note_only_makes_it_send_again(
    segment: Segment, operation: Make, note: bytes
) -> None:
    segment.append(operation(0).lines)
    segment.acknowledge(segment.size, 1)
    segment.path.with_name(segment.path.name + ".ack").write_bytes(note)
    claimed = Segment.claim(left_behind(segment))
    assert claimed is not None
    assert claimed.pending == 1
    claimed.release()


@given(torn=st.integers(0, 200))
def test_a_torn_tail_is_dropped(tmp_path_factory: pytest.TempPathFactory, torn: int) -> None:
    segment = Segment.create(tmp_path_factory.mktemp("segment"), "main", time.time)
    whole = Operation("things", "1", b'{"n":1}')
    segment.append(whole.lines * 2)
    last = Operation("things", "2", b'{"n":"' + b"x" * 100 + b'"}').lines
    with segment.path.open("ab") as file:
        file.write(last[: min(torn, len(last) - 1)])
    claimed = Segment.claim(left_behind(segment))
    assert claimed is not None
    extract = claimed.read(9, 10_000)
    assert (extract.operations, extract.garbage) == ([whole, whole], b"")
    assert claimed.pending == 2
    claimed.acknowledge(extract.end, 2)
    assert claimed.is_drained
    claimed.remove()


def test_nobody_else_has_removed_it_meanwhile(segment: Segment, tmp_path: Path) -> None:
    path = left_behind(segment)
    other = Segment.create(tmp_path, "main", time.time)
    # Between open and lock another process replaced the file.
    descriptor = os.open(path, os.O_RDWR)
    os.close(descriptor)
    other.path.rename(path)
    assert Segment.claim(path) is None
    other.release()


OPERATION = Operation("things", "1", b'{"n":1}')
LINES = st.one_of(
    st.just(OPERATION.lines),
    st.binary(max_size=30).map(lambda data: data.replace(b"\n", b"") + b"\n"),
    st.just(OPERATION.lines[: OPERATION.lines.index(b"\n") + 1]),
    st.just(b'{"n":1}\n'),
)


@given(st.lists(LINES, max_size=12), st.integers(1, 5))
def test_garbage_never_hides_an_operation(parts: list[bytes], most: int) -> None:
    data = b"".join(parts)
    found: list[Operation] = []
    garbage = b""
    position = 0
    while position < len(data):
        extract = _extract(data[position:], most, complete=True)
        assert extract.end > 0
        assert len(extract.operations) <= most
        found += extract.operations
        garbage += extract.garbage
        position += extract.end
    assert position == len(data)
    # An action line that stands alone before whole lines takes the document that follows it.
    assert len(found) >= parts.count(OPERATION.lines)
    assert set(found) <= {OPERATION}


def test_an_append_that_was_interrupted_after_its_write_is_noticed(
    segment: Segment, operation: Make
) -> None:
    segment.append(operation(0).lines)
    half = operation(2).lines[:30], operation(2).lines[:-3]
    for written in (operation(1).lines, *half):
        # As if a signal handler had raised after the write.
        segment._is_appending = True
        os.write(segment._descriptor, written)
        segment.append(operation(3).lines)
    assert segment.pending == 5
    extract = segment.read(9, 10_000)
    assert [item.id for item in extract.operations] == ["0", "1", "3", "3", "3"]
    assert extract.garbage == b""
    segment._is_appending = True
    segment.refresh()
    assert segment.pending == 5


def test_a_write_that_is_cut_short_leaves_nothing(
    segment: Segment, operation: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment.append(operation(0).lines)
    before = segment.path.read_bytes()
    real_write = os.write
    calls = 0

    def cut_short(descriptor: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            return real_write(descriptor, data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", cut_short)
    with pytest.raises(OSError, match="No space left"):
        segment.append(operation(1).lines)
    monkeypatch.undo()
    assert segment.path.read_bytes() == before
    assert not segment.is_broken
    segment.append(operation(2).lines)
    assert [item.id for item in segment.read(9, 10_000).operations] == ["0", "2"]


def test_a_write_that_is_cut_short_is_completed(
    segment: Segment, operation: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real_write(descriptor, data[:7]))
    segment.append(operation(0).lines)
    monkeypatch.undo()
    assert segment.read(9, 10_000).operations == [operation(0)]
