"""The writing half of a spool: append operations, and make room for them."""

from __future__ import annotations

import errno
import threading
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from djelme.delivery.log import Log
from djelme.delivery.segment import Segment
from djelme.delivery.spool_directory import SpoolDirectory
from djelme.errors import SpoolError, SpoolFullError
from djelme.log_field import log_fields

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from djelme.operation import Operation

__all__ = ("SpoolWriter",)

log = Log(__name__)

_SEGMENT_BYTES = 8 * 1024 * 1024
#: A spool consists of at least this number of segments when it is full, so that room can be made.
_SEGMENTS = 16
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class SpoolWriter(ABC):
    """Writes to the segments of one process, of which `djelme.delivery.spool.Spool` is the rest.

    Args:
        directory: made when it is first needed.
        backend: name of the backend.
        max_bytes: most bytes of all segments in the directory.
        full: what happens when it is full: ``"raise"``, ``"drop_new"`` or ``"drop_old"``.
        clock: seconds since the epoch.

    Attributes:
        pending: operations that aren't acknowledged yet, in the segments of this process.
    """

    def __init__(
        self,
        directory: Path,
        backend: str,
        *,
        max_bytes: int,
        full: str = "raise",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.directory = directory
        self.backend = backend
        self.pending = 0
        self._max_bytes = max_bytes
        self._full = full
        self._clock = clock
        self._segment_bytes = min(_SEGMENT_BYTES, max_bytes // _SEGMENTS)
        self._shared = SpoolDirectory(directory, backend)
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()
        #: The thread that is in the middle of `append`.
        self._appending = 0
        self._segments: list[Segment] = []
        #: What is to be logged after the lock was released.
        self._unsaid: list[tuple[Callable[..., None], str, tuple[object, ...], Any]] = []
        #: Those that were written in the middle of something else, see `_append_apart`.
        self._apart: list[Segment] = []
        self._active: Segment | None = None
        self._reading: Segment | None = None
        #: Bytes of all segments in the directory, as far as is known.
        self._used = 0

    @property
    @abstractmethod
    def is_short(self) -> bool:
        """Whether other segments may wait, and there is room to hold them."""

    @abstractmethod
    def claim(self) -> int:
        """Take over segments of processes that are gone; return how many."""

    @abstractmethod
    def _remove(self, segment: Segment) -> None:
        """Remove a segment, and what it has."""

    @abstractmethod
    def _count(self) -> None:
        """Count anew what waits."""

    def append(
        self, lines: bytes, count: int = 1, *, bounded: bool = True
    ) -> list[Operation] | None:
        """Keep operations, with one write.

        Args:
            lines: the lines of operations, one after the other.
            count: how many there are.
            bounded: whether the spool's bound counts.

        Returns:
            None, or where older ones were dropped to make room: those.

        Raises:
            SpoolFullError: if there is no room and none may be made.
            SpoolError: if they can't be written.
        """
        thread = threading.get_ident()
        if self._appending == thread:
            self._append_apart(lines, count)
            return None
        try:
            with self._lock:
                self._appending = thread
                try:
                    return self._append(lines, count, bounded=bounded)
                finally:
                    self._appending = 0
                    if self._apart:
                        self._take_in()
        finally:
            if self._unsaid:
                self._speak()

    def _speak(self) -> None:
        """Log what happened under the lock: a handler may hold another one, and record."""
        while self._unsaid:
            write, message, arguments, extra = self._unsaid.pop(0)
            write(message, *arguments, extra=extra)

    def _append(self, lines: bytes, count: int, *, bounded: bool) -> list[Operation] | None:
        size = len(lines)
        dropped: list[Operation] | None = None
        segment = self._active
        if (
            segment is None
            or segment.size + size > self._segment_bytes
            or self._used + size > self._max_bytes
        ):
            segment, dropped = self._find_room(size, bounded=bounded)
        try:
            segment.append(lines, count)
        except OSError as error:
            dropped = (dropped or []) + self._recover(error)
            segment, _ = self._find_room(size, bounded=False)
            try:
                segment.append(lines, count)
            except OSError as again:
                raise self._error(again) from again
        self._used += size
        self.pending += count
        return dropped or None

    def _append_apart(self, lines: bytes, count: int) -> None:
        """Keep operations in a segment of their own, beyond the bound.

        A signal handler, a finalizer or a logging handler records while its thread is in the middle
        of changing the spool. Nothing of that is touched; the segment is taken in at the end of it.

        Raises:
            SpoolError: if they can't be written.
        """
        try:
            self._shared.make()
            segment = Segment.create(self.directory, self.backend, self._clock)
            try:
                segment.append(lines, count)
            except BaseException:
                segment.remove()
                raise
        except OSError as error:
            raise self._error(error) from error
        self._apart.append(segment)
        self.pending += count

    def _take_in(self) -> None:
        """Count the segments that were written in the middle of something else among the others."""
        while self._apart:
            segment = self._apart.pop()
            self._segments.append(segment)
            self._used += segment.size
            self._count()

    def _find_room(self, size: int, *, bounded: bool) -> tuple[Segment, list[Operation] | None]:
        """Return a segment that has room for some bytes, and what was dropped for it."""
        dropped = None
        try:
            if bounded and self._used + size > self._max_bytes:
                self._used = self._shared.measure()
                if self._used + size > self._max_bytes:
                    dropped = self._make_room(size)
            segment = self._active
            if segment is None or (
                not segment.is_empty and segment.size + size > self._segment_bytes
            ):
                segment = self._roll()
        except OSError as error:
            raise self._error(error) from error
        return segment, dropped

    def _make_segment(self) -> Segment:
        self._shared.make()
        segment = Segment.create(self.directory, self.backend, self._clock)
        self._segments.append(segment)
        self._used += segment.size
        return segment

    def _roll(self) -> Segment:
        segment = self._make_segment()
        previous, self._active = self._active, segment
        if previous is not None:
            previous.refresh()
        if previous is not None and previous.is_drained and previous is not self._reading:
            self._remove(previous)
        return segment

    def _make_room(self, size: int) -> list[Operation]:
        """Drop the oldest operations of this process until there is room for some bytes.

        Raises:
            SpoolFullError: if they may not be dropped, or if that isn't enough.
        """
        dropped: list[Operation] = []
        if self._full == "drop_old" and size <= self._max_bytes:
            self.claim()
            while self._used + size > self._max_bytes:
                oldest = self._drop_oldest()
                if oldest is not None:
                    dropped += oldest
                elif not (self.is_short and self.claim()):
                    break
        if self._used + size > self._max_bytes:
            reason = f"it is full ({self._used:,} of at most {self._max_bytes:,} bytes)"
            raise self._full_error(reason)
        return dropped

    def _drop_oldest(self) -> list[Operation] | None:
        """Remove the oldest segment that isn't being sent; None if there is none."""
        for segment in sorted(self._segments, key=lambda one: one.path.name):
            if segment is not self._reading:
                segment.refresh()
                dropped = segment.read(segment.size, segment.size).operations
                self._remove(segment)
                return dropped
        return None

    def _recover(self, error: OSError) -> list[Operation]:
        """Make another attempt possible after a write has failed; return what was dropped for it.

        Raises:
            SpoolError: if another attempt would be in vain.
        """
        if self._active is not None and self._active.is_broken:
            self._active = None
        if error.errno in _DISK_FULL:
            dropped = self._drop_oldest() if self._full == "drop_old" else None
            if dropped is None:
                raise self._full_error(error.strerror or str(error)) from error
            return dropped
        if self._active is not None and not self._active.is_empty and error.errno == errno.EFBIG:
            self._active = None  # A limit for each file, as by RLIMIT_FSIZE: begin another one.
            return []
        if isinstance(error, FileNotFoundError) and self._active is not None:
            path = self._active.path
            message = (
                "%s was removed while it was in use; what waits in it is lost if the process is "
                "killed, and what comes now goes to another file"
            )
            extra = log_fields(backend=self.backend, path=path)
            self._unsaid.append((log.error, message, (path,), extra))
            self._active = None
            return []
        raise self._error(error) from error

    def _full_error(self, reason: str) -> SpoolFullError:
        return SpoolFullError(backend=self.backend, directory=str(self.directory), reason=reason)

    def _error(self, error: OSError) -> SpoolError:
        return SpoolError(
            backend=self.backend,
            directory=str(self.directory),
            reason=error.strerror or str(error),
        )
