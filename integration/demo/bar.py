"""A progress bar for records, with rate and time left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

__all__ = ("ProgressBar", "render_bar", "seconds_text")

WIDTH = 30
REDRAW = 0.1  # seconds between two states of the bar on a terminal
LINE = 5.0  # seconds between two lines where it is none


class ProgressBar:
    """Show how far a load is: a bar on a terminal, else a line now and then.

    Args:
        total: how many records there are.
        stream: where to show it.
        clock: seconds, for tests.
    """

    def __init__(
        self, total: int, stream: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total = total
        self._stream = stream
        self._clock = clock
        self._terminal = stream.isatty()
        self._started = clock()
        self._shown = self._started

    def update(self, done: int) -> None:
        """Show that so many records are done, unless the last look is only a moment ago."""
        now = self._clock()
        if now - self._shown < (REDRAW if self._terminal else LINE):
            return
        self._shown = now
        text = render_bar(done, self._total, now - self._started)
        self._stream.write(f"\r   {text}\x1b[K" if self._terminal else f"   {text}\n")
        self._stream.flush()

    def close(self) -> None:
        """Take the bar away; what comes next says how it ended."""
        if self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def render_bar(done: int, total: int, seconds: float) -> str:
    """Return a bar with share, count, rate and time left.

    >>> render_bar(30_000, 120_000, 1.5)
    '[#######                       ]  25 %   30,000 of 120,000   20,000/s   4.5 s left'
    """
    filled = WIDTH * done // total
    text = f"[{'#' * filled:<{WIDTH}}] {100 * done // total:3d} %   {done:,} of {total:,}"
    if done and seconds > 0:
        text += f"   {done / seconds:,.0f}/s   {seconds_text(seconds * (total - done) / done)} left"
    return text


def seconds_text(seconds: float) -> str:
    """Return a duration for people.

    >>> [seconds_text(seconds) for seconds in (0.42, 9.96, 59.7, 83.2)]
    ['0.4 s', '10 s', '1 min 00 s', '1 min 23 s']
    """
    if round(seconds, 1) < 10:  # noqa: PLR2004 - from here on tenths say nothing
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
