"""What waits in the spools of a site's backends, whichever process it is of."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from djelme.errors import SpoolError
from djelme.quantity import counted, duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from djelme.contracts import Backend
    from djelme.delivery.spool_report import SegmentReport

__all__ = ("SpoolStatus", "spool_status")


@dataclass(frozen=True)
class SpoolStatus:
    """The spool of one backend on this host.

    Attributes:
        backend: its name.
        mode: ``"direct"``, ``"buffered"`` or ``"durable"``.
        directory: where the spool is; None where there is none.
        segments: its files.
        dead: records that were refused for good.
        quarantined: bytes that could not be read and were put aside.
        lag: how long the oldest waiting record has been waiting, in seconds.
        error: why the spool can't be looked at, empty if it can.
    """

    backend: str
    mode: str
    directory: Path | None = None
    segments: Sequence[SegmentReport] = ()
    dead: int = 0
    quarantined: int = 0
    lag: float = 0.0
    error: str = ""

    @property
    def records(self) -> int:
        """Records that wait."""
        return sum(segment.records for segment in self.segments)

    @property
    def bytes(self) -> int:
        """Bytes of all files."""
        return sum(segment.bytes for segment in self.segments)

    @property
    def processes(self) -> int:
        """Living processes that have a file here."""
        return len({segment.pid for segment in self.segments if segment.alive})

    @property
    def of_the_living(self) -> int:
        """Waiting records that living processes see to."""
        return sum(segment.records for segment in self.segments if segment.alive)

    @property
    def problems(self) -> list[str]:
        """Why some files are left alone."""
        return [
            f"{segment.name} is left alone: {segment.problem}"
            for segment in self.segments
            if segment.problem
        ]

    @property
    def exists(self) -> bool:
        """Whether there is a spool: by the settings, or by what an earlier mode has left."""
        return self.mode != "direct" or bool(self.records or self.dead or self.error)

    @property
    def words(self) -> str:
        """What waits, in words."""
        if not self.exists:
            return "direct, so it has no spool"
        if self.error:
            return f"{self.mode}; the spool in {self.directory} can't be read: {self.error}"
        waiting = f"{self.mode}; {counted(self.records, 'record')} in the spool"
        if self.records:
            waiting += f", the oldest for {duration(round(self.lag))}"
        return f"{waiting}; {counted(self.dead, 'dead letter')}"

    def to_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "mode": self.mode,
            "spool_dir": str(self.directory) if self.exists else None,
            "spooled": self.records,
            "bytes": self.bytes,
            "processes": self.processes,
            "lag": round(self.lag, 3),
            "dead": self.dead,
            "quarantined_bytes": self.quarantined,
            "problems": [*self.problems, *([self.error] if self.error else [])],
        }


def spool_status(backend: Backend, now: float | None = None) -> SpoolStatus:
    """Return what waits in the spool of a backend. Asks no cluster, and changes nothing.

    Args:
        backend: the backend.
        now: seconds since the epoch; the present moment by default.
    """
    options = backend.delivery_options
    if not options.spool_dir.is_absolute():
        return SpoolStatus(backend.name, options.mode)
    try:
        # Needs file locks, which some platforms don't have; there all delivery is direct.
        from djelme.delivery.spool_report import inspect_spool
    except ImportError:
        return SpoolStatus(backend.name, options.mode)
    try:
        report = inspect_spool(options.spool_dir, backend.name)
    except SpoolError as error:
        reason = error.reason if options.mode != "direct" else ""
        return SpoolStatus(backend.name, options.mode, options.spool_dir, error=reason)
    segments = [segment for segment in report.segments if segment.backend in {"", backend.name}]
    since = min((segment.oldest for segment in segments if segment.oldest), default=None)
    moment = datetime.datetime.now(datetime.timezone.utc).timestamp() if now is None else now
    return SpoolStatus(
        backend.name,
        options.mode,
        options.spool_dir,
        segments,
        report.dead,
        report.quarantined,
        max(0.0, moment - since.timestamp()) if since else 0.0,
    )
