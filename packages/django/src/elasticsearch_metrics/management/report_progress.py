"""Say how far the build of a report is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from djelme.quantity import duration
from elasticsearch_metrics.management.base import terminal_width
from elasticsearch_metrics.management.chart import shortened

if TYPE_CHECKING:
    from django.core.management.base import OutputWrapper

    from elasticsearch_metrics.report import BuildProgress

__all__ = ("ReportProgress",)

#: Seconds between two lines, on a terminal and elsewhere.
_TERMINAL_INTERVAL, _LINE_INTERVAL = 0.3, 10.0


class ReportProgress:
    """Writes how far a build is, with its rate and the time left.

    Args:
        stream: where to write.
        label: of the report.
    """

    def __init__(self, stream: OutputWrapper, label: str) -> None:
        self._stream = stream
        self._label = label
        self._is_terminal = bool(stream.isatty())
        self._began = self._shown = time.monotonic()
        self._width = 0

    def __call__(self, progress: BuildProgress) -> None:
        """Write a line, if the last one is long enough ago."""
        now = time.monotonic()
        if now - self._shown < (_TERMINAL_INTERVAL if self._is_terminal else _LINE_INTERVAL):
            return
        self._shown = now
        rate = progress.counted / (now - self._began)
        total, left = "", ""
        if progress.events:
            share = min(progress.counted / progress.events, 1.0)
            total = f" of {progress.events:,} ({share:.0%})"
            seconds = max(progress.events - progress.counted, 0) / rate if rate else 0.0
            left = f", {duration(seconds)} left"
        text = (
            f"{self._label} {progress.cycle}: {progress.counted:,}{total} events, "
            f"{progress.groups:,} reports, {rate:,.0f} events/s{left}"
        )
        if self._is_terminal:
            # A line that the terminal wraps can't be overwritten.
            text = shortened(text, terminal_width() - 1)
            self._stream.write(f"\r{text.ljust(self._width)}", ending="")
            self._width = len(text)
        else:
            self._stream.write(text)

    def end(self) -> None:
        """End the line on a terminal."""
        if self._width:
            self._stream.write("")
