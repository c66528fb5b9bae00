"""Keep operations in files until they are acknowledged: bounded, and for whoever comes after.

Each process appends to a segment of its own in a directory that several share. The segments of
processes that are gone are claimed by one that lives. Files that aren't known are left alone.
"""

from __future__ import annotations

import contextlib
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.delivery.log import Log
from djelme.delivery.spool_writer import SpoolWriter
from djelme.log_field import log_fields

if TYPE_CHECKING:
    from pathlib import Path

    from djelme.delivery.segment import Segment
    from djelme.operation import Operation

__all__ = ("Spool", "SpooledBatch")

log = Log(__name__)

#: A segment that has been acknowledged as a whole is removed when it has this part of its size.
_WORTH_REMOVING = 8
#: Segments that a process holds at a time, each of which is two open files at most.
_HELD = 64


@dataclass(frozen=True)
class SpooledBatch:
    """Operations that were read from a spool.

    Attributes:
        operations: what to send.
        segment: where they are.
        end: offset at which they end there.
    """

    operations: list[Operation]
    segment: Segment
    end: int


class Spool(SpoolWriter):
    """The segments of one process in a directory. Safe for threads, but for `next_batch` on.

    Args:
        directory: made when it is first needed.
        backend: name of the backend.
        max_bytes: most bytes of all segments in the directory. Exact for one process; several
            that fill it at the same time may exceed it by a segment each.
        full: what happens when it is full: ``"raise"``, ``"drop_new"`` or ``"drop_old"``.
        clock: seconds since the epoch.

    Attributes:
        pending: operations that aren't acknowledged yet, in the segments of this process.
        backing_off: how many of them are parked and not to be read yet.
        garbage: bytes of lines that were quarantined.
        has_more: whether segments of processes that are gone may wait that nobody holds yet.
    """

    def __init__(self, directory: Path, backend: str, **options: Any) -> None:
        self.backing_off = self.garbage = 0
        self.has_more = False
        super().__init__(directory, backend, **options)

    def _begin(self) -> None:
        super()._begin()
        #: Where what is parked goes, and until when it backs off.
        self._parked: Segment | None = None
        self._parked_until = 0.0

    # Parked.

    def park(self, lines: bytes, count: int, age: float) -> None:
        """Keep operations apart from the others; beyond the bound, as they are here already.

        They are not read while they back off, and before all others otherwise.

        Args:
            lines: the lines of operations, one after the other.
            count: how many there are.
            age: how long they have been waiting, in seconds.

        Raises:
            SpoolError: if they can't be written.
        """
        with self._lock:
            try:
                segment = self._parked
                if segment is None or segment.size + len(lines) > self._segment_bytes:
                    segment = self._parked = self._make_segment()
                    segment.is_parked = True
                segment.append(lines, count, age)
            except OSError as error:
                self._parked = None
                raise self._error(error) from error
            self._used += len(lines)
            self._count()

    @property
    def has_parked(self) -> bool:
        """Whether anything that was parked isn't acknowledged, whether it backs off or not."""
        with self._lock:
            return any(segment.is_parked and segment.pending for segment in self._segments)

    def back_off(self, seconds: float) -> None:
        """Leave what was parked unread for some time."""
        with self._lock:
            self._parked_until = time.monotonic() + seconds
            self._count()

    def end_backoff(self, *, early: bool = False) -> None:
        """Let what was parked be read again, if its time is over or if that is to be early."""
        if self._parked_until and (early or time.monotonic() >= self._parked_until):
            with self._lock:
                self._parked_until = 0.0
                self._count()

    @property
    def backoff_left(self) -> float:
        """For how long something backs off yet, in seconds; infinity if nothing does."""
        return max(0.0, self._parked_until - time.monotonic()) if self.backing_off else math.inf

    @property
    def ready(self) -> int:
        """Operations that aren't acknowledged and do not back off."""
        return self.pending - self.backing_off

    # Reading, by one thread at a time.

    @property
    def age(self) -> float:
        """How long the oldest operation has been waiting, in seconds; 0 if there is none."""
        with self._lock:
            return max((segment.age for segment in self._segments), default=0.0)

    @property
    def ready_age(self) -> float:
        """The same without those that back off."""
        with self._lock:
            ages = [segment.age for segment in self._segments if not self._backs_off(segment)]
            return max(ages, default=0.0)

    def _backs_off(self, segment: Segment) -> bool:
        return segment.is_parked and self._parked_until > 0.0

    def next_batch(self, most: int, max_bytes: int) -> SpooledBatch | None:
        """Return the oldest operations, None if there are none.

        They stay in the spool until `acknowledge` is called.

        Args:
            most: most operations.
            max_bytes: most bytes, except that there is at least one operation.
        """
        while True:
            with self._lock:
                segment = self._first_with_rest()
                self._reading = segment
            if segment is None:
                return None
            extract = segment.read(most, max_bytes)
            if extract.garbage:
                self.garbage += len(extract.garbage)
                self._shared.quarantine(segment, extract.garbage)
            batch = SpooledBatch(extract.operations, segment, extract.end)
            if batch.operations:
                return batch
            self.acknowledge(batch)

    def _in_order(self) -> list[Segment]:
        """Return the segments, oldest first; those that were parked before all others."""
        return sorted(self._segments, key=lambda one: (not one.is_parked, one.path.name))

    def _first_with_rest(self) -> Segment | None:
        for segment in self._in_order():
            segment.refresh()
            if not segment.is_drained:
                if self._backs_off(segment):
                    continue
                return segment
            if segment is not self._active or (
                segment.size > self._segment_bytes // _WORTH_REMOVING
            ):
                self._remove(segment)
        return None

    def acknowledge(self, batch: SpooledBatch) -> None:
        """Forget operations that have been acknowledged.

        Args:
            batch: what `next_batch` has returned last.
        """
        with self._lock:
            segment = batch.segment
            self._reading = None
            if segment not in self._segments:
                return  # The spool was closed meanwhile.
            try:
                segment.acknowledge(batch.end, len(batch.operations))
            except OSError as error:
                # Sending them twice does no harm, so there is nothing to be undone.
                message = "the spool in %s can't note what was sent: %s"
                extra = log_fields(backend=self.backend, path=self.directory, reason=error.strerror)
                arguments = (self.directory, error.strerror)
                self._unsaid.append((log.warning, message, arguments, extra))
            self._count()
        self._speak()

    def put_back(self) -> None:
        """Leave where they are the operations that `next_batch` has returned last."""
        with self._lock:
            self._reading = None

    def claim(self) -> int:
        """Take over segments of processes that are gone; return how many.

        At most `_HELD` are held at a time; `has_more` says whether others may wait.
        """
        with self._lock:
            known = {segment.path for segment in self._segments}
            before = self._used
        # Not in the way of those who record: there may be very many files.
        goes_on = self.has_more
        claimed, has_more = self._shared.claim(known, max(0, _HELD - len(known)))
        used = None
        if not goes_on:
            with contextlib.suppress(OSError):  # it was logged
                used = self._shared.measure()
        with self._lock:
            self.has_more = has_more
            if claimed:
                self._segments.extend(claimed)  # nothing comes between, not even a signal handler
                self._count()
            if used is not None:
                # What was removed here meanwhile would count twice; too much is put right by
                # `_find_room`, too little by nothing.
                self._used += max(0, used - before)
        return len(claimed)

    @property
    def is_short(self) -> bool:
        """Whether other segments may wait, and there is room to hold them."""
        return self.has_more and len(self._segments) < _HELD

    # Ending.

    def close(self) -> None:
        """Leave what isn't acknowledged to other processes; another `append` begins anew."""
        with self._lock:
            for segment in self._segments.copy():
                segment.refresh()
                if segment.is_drained:
                    self._remove(segment)
                else:
                    segment.release()
            self._segments = []
            self.has_more = False
            self._active = self._reading = self._parked = None
            self.pending = self.backing_off = 0

    def abandon(self) -> None:
        """Forget everything, in a child: it belongs to the parent."""
        segments = self._segments
        self._begin()
        self.pending = self.backing_off = 0
        self.has_more = False
        for segment in segments:
            segment.release()

    def _remove(self, segment: Segment) -> None:
        self._segments.remove(segment)
        if segment is self._active:
            self._active = None
        if segment is self._parked:
            self._parked = None
        self._used -= segment.size
        segment.remove()
        self._count()

    def _count(self) -> None:
        self.pending = sum(segment.pending for segment in self._segments)
        self.backing_off = sum(
            segment.pending for segment in self._segments if self._backs_off(segment)
        )
