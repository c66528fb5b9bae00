"""The directory that the spools of several processes share."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from djelme.delivery.log import Log
from djelme.delivery.owned_file import hold, open_own, require_own_directory, write_all
from djelme.delivery.segment import FORMAT_VERSION, Header, Segment, is_segment_name
from djelme.log_field import log_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

__all__ = ("QUARANTINE_NAME", "SpoolDirectory")

log = Log(__name__)

#: Name of the file for lines of segments that can't be read.
QUARANTINE_NAME = "quarantine.bin"
#: Age at which a segment without header isn't being made any more, in seconds.
_STALE = 60.0


class SpoolDirectory:
    """What is in a directory, whoever it belongs to. Files that aren't known are left alone.

    Args:
        path: where it is.
        backend: name of the backend whose segments are of interest.
    """

    def __init__(self, path: Path, backend: str) -> None:
        self.path = path
        self._backend = backend
        self._warned: set[str] = set()
        #: What the last look at the directory has left for the next one.
        self._unseen: list[Path] = []

    def make(self) -> None:
        """Make the directory unless it is there.

        Raises:
            PermissionError: if it is somebody else's or open to others.
            OSError: if it can't be made.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_own_directory(self.path)

    def measure(self) -> int:
        """Return the bytes of all segments.

        Raises:
            OSError: if the directory can't be read.
        """
        return sum(size for _, size in self._files())

    def _files(self) -> Iterator[tuple[Path, int]]:
        try:
            with os.scandir(self.path) as entries:
                found = [entry for entry in entries if is_segment_name(entry.name)]
        except FileNotFoundError:
            return
        for entry in sorted(found, key=lambda entry: entry.name):
            with contextlib.suppress(FileNotFoundError):
                yield self.path / entry.name, entry.stat(follow_symlinks=False).st_size

    def claim(self, known: Collection[Path], most: int) -> tuple[list[Segment], bool]:
        """Take over segments of processes that are gone, and clean up after them.

        Args:
            known: files that needn't be looked at.
            most: how many at most, as each of them is an open file.

        Returns:
            The segments, and whether there are others that nobody has looked at.
        """
        claimed: list[Segment] = []
        try:
            require_own_directory(self.path)
            if not self._unseen:
                self._unseen = [path for path, _ in self._files()][::-1]
        except FileNotFoundError:
            return [], False
        except OSError as error:
            self._warn("%s is left alone: %s", self.path, error.strerror)
            return [], False
        while self._unseen:
            if len(claimed) >= most:
                return claimed, True
            path = self._unseen.pop()
            if path in known:
                continue
            try:
                segment = self._claim(path)
            except FileNotFoundError:
                continue  # Another process was faster.
            except OSError as error:
                self._warn("%s is left alone: %s", path, error.strerror)
            else:
                claimed += [] if segment is None else [segment]
        self._remove_stale()
        return claimed, False

    def _claim(self, path: Path) -> Segment | None:
        with os.fdopen(open_own(path, os.O_RDONLY), "rb", buffering=0) as file:
            header = Header.read(file.fileno())
        if header is None:
            self._warn("%s has no header of a segment and is left alone", path)
            return None
        if header.version != FORMAT_VERSION:
            self._warn("%s has version %s and is left alone", path, header.version)
            return None
        if header.backend != self._backend:
            return None
        segment = Segment.claim(path)
        if segment is not None:
            log.info(
                "claimed orphaned segment %s with %s records",
                path.name,
                segment.pending,
                extra=log_fields(backend=self._backend, path=path, records=segment.pending),
            )
        return segment

    def _remove_stale(self) -> None:
        """Remove what processes left behind that were killed while they made a segment."""
        for path in self.path.glob(".segment-*.ndjson.new"):
            with contextlib.suppress(OSError):
                if time.time() - path.lstat().st_mtime > _STALE:
                    with os.fdopen(open_own(path, os.O_RDONLY), "rb", buffering=0) as file:
                        if hold(file.fileno()):
                            path.unlink()

    def quarantine(self, segment: Segment, garbage: bytes) -> None:
        """Quarantine lines that cannot be read, so that they don't hold up the others."""
        path = self.path / QUARANTINE_NAME
        log.error(
            "%s has %s bytes that are no records; they were put into %s",
            segment.path.name,
            len(garbage),
            path,
            extra=log_fields(backend=self._backend, path=path),
        )
        try:
            descriptor = open_own(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            try:
                write_all(descriptor, garbage)
            finally:
                os.close(descriptor)
        except OSError as error:
            log.error(
                "%s can't be written: %s",
                path,
                error.strerror,
                extra=log_fields(backend=self._backend, path=path, reason=error.strerror),
            )

    def _warn(self, message: str, path: Path, *arguments: object) -> None:
        """Log once what is odd about a file."""
        if path.name not in self._warned:
            self._warned.add(path.name)
            log.warning(
                message, path, *arguments, extra=log_fields(backend=self._backend, path=path)
            )
