"""One file of a spool.

A segment is only ever appended to, by the process that made it, and locked for as long as its
owner lives. Its first line is a header with the version of the format; then come the two lines of
each operation, as a bulk request sends them. How far the backend has acknowledged it is kept in a
small file beside it, so that nothing is removed or changed in the segment itself.

It is long, as writing and reading a format stand side by side, so that each can be checked
against the other.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import json
import os
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.delivery.age import AgeMarks
from djelme.delivery.owned_file import hold, open_own, read_own, write_all
from djelme.operation import Operation
from djelme.timeparts import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ("FORMAT_VERSION", "Extract", "Header", "Segment", "is_segment_name", "read_ack")

#: Version of the format that is written, and the newest that is read.
FORMAT_VERSION = 1
_NAME = re.compile(r"segment-(\d{14,})-(\d+)-([0-9a-f]{8})\.ndjson")
_ACK = re.compile(rb"(\d{20}) (\d{16})\n")
_ACTIONS = (b'{"create":{"_index":', b'{"index":{"_index":')
_HEADER_MAX_BYTES = 64 * 1024
_SCAN_BYTES = 1024 * 1024
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
#: Of the year 9999, after which there are no dates.
_LAST_MILLISECOND = 253_402_300_799_999


@dataclass(frozen=True)
class Header:
    """The first line of a segment.

    Attributes:
        version: version of the format.
        backend: name of the backend that its operations are for.
        pid: the process that made it. Only to be shown: numbers are used again.
        created: when, in UTC.
        length: bytes of the line, with its ending.
    """

    version: int
    backend: str
    pid: int
    created: datetime.datetime
    length: int

    @classmethod
    def read(cls, descriptor: int) -> Header | None:
        """Return the header of an open file, None if it has none.

        Of a version that is newer than `FORMAT_VERSION`, only the version can be relied on.
        """
        line, ending, _ = os.pread(descriptor, _HEADER_MAX_BYTES, 0).partition(b"\n")
        try:
            known: dict[str, Any] = json.loads(line)
            version, backend = known["djelme_spool"], known.get("backend", "")
            pid, created = known.get("pid", 0), _moment(known.get("created"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        # Damage may be JSON all the same.
        if not (type(version) is type(pid) is int and isinstance(backend, str)):
            return None
        return cls(version, backend, pid, created, len(line) + len(ending))

    def to_line(self) -> bytes:
        """Return the header as it is written."""
        known = {
            "djelme_spool": self.version,
            "backend": self.backend,
            "pid": self.pid,
            "created": format_timestamp(self.created),
        }
        return json.dumps(known).encode() + b"\n"


@dataclass(frozen=True)
class Extract:
    """A part of a segment.

    Attributes:
        operations: what can be sent.
        end: offset at which the part ends.
        garbage: lines in it that are no operations, with their line endings.
    """

    operations: list[Operation]
    end: int
    garbage: bytes = b""


class Segment:
    """An open segment that belongs to this process. The caller sees to the order of threads.

    Attributes:
        path: the file.
        header: its first line.
        is_parked: whether what is in it was parked, to be sent later.
        size: bytes of the file that hold whole lines.
        acknowledged: offset up to which everything has been acknowledged.
        pending: operations after that offset, as far as is known without reading them.
        is_broken: whether something torn is at its end, so that nothing may be appended any more.
    """

    def __init__(self, path: Path, descriptor: int, header: Header) -> None:
        self.path = path
        self.header = header
        self.size = self.acknowledged = header.length
        self.pending = 0
        self.is_parked = False
        self.is_broken = False
        self._is_appending = False
        self._descriptor = descriptor
        self._ack_descriptor = -1
        self._ages = AgeMarks()

    @classmethod
    def create(cls, directory: Path, backend: str, clock: Callable[[], float]) -> Segment:
        """Make a segment in a directory that exists.

        Raises:
            OSError: if it can't be written.
        """
        now = datetime.datetime.fromtimestamp(clock(), datetime.timezone.utc)
        # Microseconds, for the order of segments.
        stamp = int(now.timestamp() * 1_000_000)
        name = f"segment-{max(0, stamp):016d}-{os.getpid()}-{secrets.token_hex(4)}.ndjson"
        path = directory / name
        # Under its own name only once it is locked and has its header: others take what isn't
        # locked for the segment of a dead process.
        hidden = directory / f".{name}.new"
        descriptor = open_own(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND)
        line = Header(FORMAT_VERSION, backend, os.getpid(), now, 0).to_line()
        try:
            hold(descriptor)
            write_all(descriptor, line)
            hidden.rename(path)
        except BaseException:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                hidden.unlink()
            raise
        return cls(path, descriptor, Header(FORMAT_VERSION, backend, os.getpid(), now, len(line)))

    @classmethod
    def claim(cls, path: Path) -> Segment | None:
        """Take over the segment of a process that is gone; None if that isn't possible.

        Raises:
            OSError: if it can't be read.
        """
        descriptor = open_own(path, os.O_RDWR)
        claimed = None
        try:
            header = Header.read(descriptor)
            if header is None or header.version != FORMAT_VERSION or not hold(descriptor):
                return None
            # Another process may have sent and removed it since it was opened.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    claimed = cls(path, descriptor, header)
                    claimed._measure()
        finally:
            if claimed is None:
                os.close(descriptor)
        return claimed

    def _measure(self) -> None:
        """Find out what a process that is gone has left."""
        acknowledged, oldest = read_ack(self.path)
        self.size, lines = count_lines(self._descriptor, self.header.length)
        if self.header.length <= acknowledged <= self.size:
            self.acknowledged = acknowledged
            _, lines = count_lines(self._descriptor, acknowledged)
        self.pending = lines // 2
        since = oldest or self.header.created.timestamp()
        self._ages.mark(self.acknowledged, max(0.0, time.time() - since))

    @property
    def age(self) -> float:
        """How long the oldest operation has been waiting, in seconds; 0 if there is none."""
        return self._ages.oldest(self.acknowledged) if self.pending else 0.0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever appended to it."""
        return self.size == self.header.length

    @property
    def is_drained(self) -> bool:
        """Whether everything in it has been acknowledged."""
        return self.acknowledged >= self.size

    def append(self, lines: bytes, count: int = 1, age: float = 0.0) -> None:
        """Add operations with one write, so that they survive the end of this process.

        Args:
            lines: their lines.
            count: how many there are.
            age: how long they have been waiting already, in seconds.

        Raises:
            FileNotFoundError: if somebody has removed the file.
            OSError: if they can't be written; nothing of them is left in the file.
        """
        if self._is_appending:
            self.refresh()
        if not os.fstat(self._descriptor).st_nlink:
            raise FileNotFoundError(errno.ENOENT, "it was removed", str(self.path))
        self._is_appending = True
        try:
            written = os.write(self._descriptor, lines)
            if written != len(lines):
                write_all(self._descriptor, lines[written:])
        except OSError:
            self._cut_off()
            raise
        self._ages.mark(self.size, age)
        self.size += len(lines)
        self.pending += count
        self._is_appending = False

    def _cut_off(self) -> None:
        """Undo a write that was cut short, usually by a disk that is full."""
        self.is_broken = True
        os.ftruncate(self._descriptor, self.size)
        self.is_broken = self._is_appending = False

    def refresh(self) -> None:
        """Find out what the last `append` has done if it was interrupted; not during another one.

        A signal handler that raises (as for a time limit of Celery) may end it anywhere.
        """
        if not self._is_appending or self.is_broken:
            return
        end, lines = count_lines(self._descriptor, self.acknowledged)
        if lines % 2:  # An action without its document.
            lines -= 1
            start = self.acknowledged
            data = os.pread(self._descriptor, end - start, start)
            end = start + data.rindex(b"\n", 0, -1) + 1 if lines else start
        os.ftruncate(self._descriptor, end)
        self.size = end
        self.pending = lines // 2
        self._is_appending = False

    def read(self, most: int, max_bytes: int) -> Extract:
        """Return what comes after the acknowledged offset.

        Args:
            most: most operations.
            max_bytes: most bytes, except that there is at least one operation.
        """
        start = self.acknowledged
        window = max_bytes
        while True:
            data = os.pread(self._descriptor, min(window, self.size - start), start)
            complete = start + len(data) >= self.size
            # A longer window is only for an operation that doesn't fit into a usual one.
            extract = _extract(data, most if window == max_bytes else 1, complete=complete)
            if extract.end or complete:
                return Extract(extract.operations, start + extract.end, extract.garbage)
            window *= 2

    def acknowledge(self, end: int, count: int) -> None:
        """Note that everything up to an offset has been acknowledged.

        Args:
            end: the offset.
            count: operations up to there, from the last one.

        Raises:
            OSError: if it can't be written; then another process might send them again.
        """
        self.acknowledged = end
        self.pending = 0 if self.is_drained else max(0, self.pending - count)
        self._ages.forget(end)
        if self._ack_descriptor < 0:
            self._ack_descriptor = open_own(_ack_path(self.path), os.O_WRONLY | os.O_CREAT)
        oldest = int((time.time() - self.age) * 1000)
        os.pwrite(self._ack_descriptor, b"%020d %016d\n" % (end, max(0, oldest)), 0)

    def remove(self) -> None:
        """Remove the file, with everything that is in it."""
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
        with contextlib.suppress(FileNotFoundError):
            _ack_path(self.path).unlink()
        self.release()

    def release(self) -> None:
        """Leave the file to others; for a child also one that belongs to its parent."""
        for descriptor in (self._descriptor, self._ack_descriptor):
            if descriptor >= 0:
                os.close(descriptor)
        self._descriptor = self._ack_descriptor = -1


def _moment(written: object) -> datetime.datetime:
    """Return a time of a header; the epoch where there is none.

    Raises:
        ValueError: if it is no time since the epoch.
        TypeError: if it is no text.
    """
    if written is None:
        return _EPOCH
    if not isinstance(written, str):
        msg = f"a time should be a text, not {written!r}"
        raise TypeError(msg)
    moment = datetime.datetime.fromisoformat(written.replace("Z", "+00:00"))
    if moment.tzinfo is None or moment < _EPOCH:
        msg = f"{written!r} is no time since the epoch"
        raise ValueError(msg)
    return moment


def is_segment_name(name: str) -> bool:
    """Return whether a file's name is that of a segment."""
    return _NAME.fullmatch(name) is not None


def _ack_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.ack")


def read_ack(path: Path) -> tuple[int, float]:
    """Return how far a segment is acknowledged, and since when what comes then has been waiting.

    Returns:
        An offset, and seconds since the epoch; zeros where there is no good note.
    """
    try:
        match = _ACK.fullmatch(read_own(_ack_path(path)))
    except OSError:
        return 0, 0.0
    if match is None or int(match[2]) > _LAST_MILLISECOND:
        return 0, 0.0
    return int(match[1]), int(match[2]) / 1000


def count_lines(descriptor: int, start: int) -> tuple[int, int]:
    """Return where the last whole line of an open file ends, and how many there are from a start.

    What comes after it is the torn tail of a process that was killed while writing.
    """
    position = end = start
    lines = 0
    while data := os.pread(descriptor, _SCAN_BYTES, position):
        found = data.count(b"\n")
        if found:
            lines += found
            end = position + data.rindex(b"\n") + 1
        position += len(data)
    return end, lines


def _extract(data: bytes, most: int, *, complete: bool) -> Extract:
    operations: list[Operation] = []
    garbage = []
    position = 0
    length = len(data)
    while position < length and len(operations) < most:
        operation = Operation.read(data, position)
        if operation is not None:
            operations.append(operation)
            position += len(operation.lines)
            continue
        first = data.find(b"\n", position) + 1
        if not complete and (not first or data.find(b"\n", first) < 0):
            break  # The rest of it may be beyond the window.
        line = data[position : first or length]
        position += len(line)
        # At the end, an action without its document is the first half of a torn tail.
        if position < length or not line.startswith(_ACTIONS):
            garbage.append(line)
    return Extract(operations, position, b"".join(garbage))
