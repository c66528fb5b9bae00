"""Look at the directory of a spool without owning anything in it."""

from __future__ import annotations

import contextlib
import datetime
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from djelme.delivery.dead_letter import DeadLetterFile
from djelme.delivery.owned_file import hold, open_own, require_own_directory
from djelme.delivery.segment import (
    FORMAT_VERSION,
    Header,
    count_lines,
    is_segment_name,
    read_ack,
)
from djelme.delivery.spool_directory import QUARANTINE_NAME
from djelme.errors import SpoolError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("SegmentReport", "SpoolReport", "inspect_spool")


@dataclass(frozen=True)
class SegmentReport:
    """One segment.

    Attributes:
        name: name of the file.
        backend: name of the backend that it is for.
        pid: the process that made it.
        alive: whether a process owns it; otherwise the next one claims it.
        records: records in it that aren't acknowledged.
        bytes: size of the file.
        oldest: since when the oldest of these records has been waiting at most, in UTC; None
            without any.
        problem: why it is left alone, empty if nothing is wrong.
    """

    name: str
    backend: str = ""
    pid: int = 0
    alive: bool = False
    records: int = 0
    bytes: int = 0
    oldest: datetime.datetime | None = None
    problem: str = ""


@dataclass(frozen=True)
class SpoolReport:
    """A directory.

    Attributes:
        directory: its path.
        segments: its segments, oldest first.
        dead: number of dead letters.
        quarantined: bytes of lines that could not be read and were quarantined.
    """

    directory: Path
    segments: tuple[SegmentReport, ...] = ()
    dead: int = 0
    quarantined: int = 0

    @property
    def records(self) -> int:
        """Records that aren't acknowledged."""
        return sum(segment.records for segment in self.segments)

    @property
    def bytes(self) -> int:
        """Bytes of all segments."""
        return sum(segment.bytes for segment in self.segments)

    @property
    def oldest(self) -> datetime.datetime | None:
        """Since when the oldest record has been waiting at most, in UTC; None without any."""
        return min(
            (segment.oldest for segment in self.segments if segment.oldest is not None),
            default=None,
        )


def inspect_spool(directory: Path, backend: str) -> SpoolReport:
    """Return what is in the directory of a spool; an empty report if there is no such directory.

    Args:
        directory: the directory.
        backend: name of the backend, for messages.

    Raises:
        SpoolError: if the directory can't be read.
    """
    try:
        require_own_directory(directory)
        paths = sorted(path for path in directory.iterdir() if is_segment_name(path.name))
    except FileNotFoundError:
        return SpoolReport(directory)
    except OSError as error:
        raise SpoolError(
            backend=backend, directory=str(directory), reason=error.strerror or str(error)
        ) from error
    segments = []
    for path in paths:
        try:
            segments.append(_inspect_segment(path))
        except FileNotFoundError:
            continue
        except OSError as error:
            segments.append(SegmentReport(path.name, problem=error.strerror or str(error)))
    quarantined = 0
    with contextlib.suppress(FileNotFoundError):
        quarantined = (directory / QUARANTINE_NAME).lstat().st_size
    dead = DeadLetterFile(directory, backend).count()
    return SpoolReport(directory, tuple(segments), dead, quarantined)


def _inspect_segment(path: Path) -> SegmentReport:
    with os.fdopen(open_own(path, os.O_RDONLY), "rb", buffering=0) as file:
        descriptor = file.fileno()
        size = os.fstat(descriptor).st_size
        header = Header.read(descriptor)
        # The attempt gives the lock back at once, when the file is closed.
        alive = not hold(descriptor)
        if header is None:
            return SegmentReport(path.name, alive=alive, bytes=size, problem="it has no header")
        problem = ""
        records = 0
        oldest = None
        if header.version != FORMAT_VERSION:
            problem = f"it has version {header.version} of the format, not {FORMAT_VERSION}"
        else:
            acknowledged, since = read_ack(path)
            start = acknowledged if header.length <= acknowledged <= size else header.length
            records = count_lines(descriptor, start)[1] // 2
            if records:
                oldest = (
                    datetime.datetime.fromtimestamp(since, datetime.timezone.utc)
                    if since and start == acknowledged
                    else header.created
                )
    return SegmentReport(
        path.name, header.backend, header.pid, alive, records, size, oldest, problem
    )
