"""Tell people how far a long step is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import IO

from djelme import process

__all__ = ("Progress", "duration")

_BAR_CELLS = 24
#: Seconds between two updates on a terminal, and between two plain lines.
_TERMINAL_INTERVAL, _LINE_INTERVAL = 0.3, 10.0
_MINUTE, _HOUR = 60, 3600


def duration(seconds: float) -> str:
    """Return a length of time in words.

    >>> duration(5), duration(300), duration(8000)
    ('5 s', '5 min', '2 h 13 min')
    """
    if seconds < _MINUTE * 2:
        return f"{seconds:.0f} s"
    if seconds < _HOUR * 2:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds // _HOUR:.0f} h {seconds % _HOUR / _MINUTE:.0f} min"


class Progress:
    """The progress of one step. Counting is thread-safe.

    Args:
        stream: where to write.
        is_terminal: whether lines can be overwritten.
    """

    def __init__(self, stream: IO[str], *, is_terminal: bool) -> None:
        self._stream = stream
        self._is_terminal = is_terminal
        self._lock = process.Lock()
        self._total = self._done = self._before = 0
        self._began = self._shown = time.monotonic()
        self._place = ""
        self._width = 0

    def begin(self, total: int, *, done: int = 0) -> None:
        """Begin.

        Args:
            total: number of all documents.
            done: how many of them were done earlier.
        """
        self._total, self._done, self._before = total, done, done
        self._began = time.monotonic()
        self._shown = 0.0 if self._is_terminal else self._began

    def enter(self, place: str) -> None:
        """Say what is worked on now."""
        self._place = place

    def add(self, documents: int) -> None:
        """Count documents."""
        with self._lock.held:
            self._done += documents

    @property
    def rate(self) -> float:
        """Documents a second, since it began."""
        elapsed = time.monotonic() - self._began
        return (self._done - self._before) / elapsed if elapsed > 0 else 0.0

    def show(self, last_error: str = "") -> None:
        """Write how far it is, if the last time is long enough ago."""
        interval = _TERMINAL_INTERVAL if self._is_terminal else _LINE_INTERVAL
        if time.monotonic() - self._shown >= interval:
            self._write(last_error)

    def end(self) -> None:
        """Write how far it was in the end."""
        if self._total:
            self._write("")
        if self._is_terminal and self._width:
            self._stream.write("\n")
            self._width = 0

    def _write(self, last_error: str) -> None:
        self._shown = time.monotonic()
        # More may come while it runs.
        total = max(self._total, self._done)
        share = self._done / total if total else 1.0
        rate = self.rate
        left = f", {duration((total - self._done) / rate)} left" if rate and share < 1 else ""
        text = f"{self._done:,} of {total:,} documents ({share:.0%}), {rate:,.0f}/s{left}"
        text = f"{text}: {last_error}" if last_error else f"{text}  {self._place}"
        if not self._is_terminal:
            self._stream.write(f"{text}\n")
        else:
            filled = round(share * _BAR_CELLS)
            text = f"[{'#' * filled}{'.' * (_BAR_CELLS - filled)}] {text}"
            self._stream.write(f"\r{text.ljust(self._width)}")
            self._width = len(text)
        self._stream.flush()
