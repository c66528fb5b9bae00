"""Tell people how far a long step is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import time
from typing import IO

from djelme import process
from djelme.quantity import counted, duration
from elasticsearch_metrics.management.chart import columns, shortened

__all__ = ("Progress",)

_BAR_CELLS = 24
#: How wide a terminal may be that doesn't say it, in columns.
_UNKNOWN_WIDTH = 132
#: Seconds between two looks on a terminal, and between two plain lines.
_TERMINAL_INTERVAL, _LINE_INTERVAL = 0.3, 10.0


class Progress:
    """The progress of one step. Counting is thread-safe.

    Args:
        stream: where to write.
        is_terminal: whether lines can be overwritten. They are then never wider than the terminal,
            as a line that is wrapped can't be.
        noun: what is counted, for one.
    """

    def __init__(self, stream: IO[str], *, is_terminal: bool, noun: str = "document") -> None:
        self._stream = stream
        self._is_terminal = is_terminal
        self._noun = noun
        self._lock = process.Lock()
        self._total = self._done = self._before = 0
        self._began = self._shown = time.monotonic()
        self._place = ""
        self._width = 0

    def begin(self, total: int, *, done: int = 0) -> None:
        """Begin.

        Args:
            total: number of all that is to be done.
            done: how much of it was done earlier.
        """
        self._total, self._done, self._before = total, done, done
        self._began = time.monotonic()
        self._shown = 0.0 if self._is_terminal else self._began

    def enter(self, place: str) -> None:
        """Say what is worked on now."""
        self._place = place

    def add(self, number: int) -> None:
        """Count what was done."""
        with self._lock.held:
            self._done += number

    @property
    def rate(self) -> float:
        """How much is done a second, since it began."""
        elapsed = time.monotonic() - self._began
        return (self._done - self._before) / elapsed if elapsed > 0 else 0.0

    def show(self, problem: str = "") -> None:
        """Write how far it is, if the last time is long enough ago."""
        interval = _TERMINAL_INTERVAL if self._is_terminal else _LINE_INTERVAL
        if time.monotonic() - self._shown >= interval:
            self._write(problem)

    def end(self) -> None:
        """Write how far it was in the end."""
        if self._total:
            self._write("")
        if self._is_terminal and self._width:
            self._stream.write("\n")
            self._width = 0

    def _write(self, problem: str) -> None:
        self._shown = time.monotonic()
        # More may come while it runs.
        total = max(self._total, self._done)
        share = self._done / total if total else 1.0
        rate = self.rate
        left = f", {duration((total - self._done) / rate)} left" if rate and share < 1 else ""
        text = f"{self._done:,} of {counted(total, self._noun)} ({share:.0%}), {rate:,.0f}/s{left}"
        more = f": {problem}" if problem else f"  {self._place}"
        if self._is_terminal:
            self._overwrite(text, more, share)
        else:
            self._stream.write(f"{text}{more}".rstrip() + "\n")
        self._stream.flush()

    def _overwrite(self, text: str, more: str, share: float) -> None:
        # In the last column some terminals begin another line.
        width = shutil.get_terminal_size((_UNKNOWN_WIDTH, 24)).columns - 1
        filled = round(share * _BAR_CELLS)
        bar = f"[{'#' * filled}{'.' * (_BAR_CELLS - filled)}] "
        # What happens counts more than the bar, and the numbers more than the place.
        if len(bar) + columns(text + more) > width:
            bar = ""
        line = shortened(f"{bar}{text}{more}".rstrip(), width)
        self._stream.write(f"\r{line}{' ' * min(self._width - columns(line), width)}")
        self._width = columns(line)
