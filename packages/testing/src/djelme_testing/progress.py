"""What a person sees while a cluster is fetched and started."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from typing import TextIO

__all__ = ("Progress", "SilentProgress", "StreamProgress")

_MEGABYTE = 1_000_000
_BAR_WIDTH = 30
_REDRAW_SECONDS = 0.1


class Progress(Protocol):
    """Where to tell what goes on."""

    def line(self, text: str) -> None:
        """Say one line."""
        ...

    def download(self, name: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """Follow a download of so many bytes; the function is called with each piece's length."""
        ...


class SilentProgress:
    """Say nothing."""

    def line(self, text: str) -> None:
        """Ignore a line."""

    @contextlib.contextmanager
    def download(self, name: str, total: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG002 - the protocol
        """Ignore a download."""
        yield lambda _length: None


class StreamProgress:
    """Write lines to a stream, by default stderr, and draw a bar where it is a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    @property
    def stream(self) -> TextIO:
        """The stream; stderr is looked up anew each time, since tests replace it."""
        return sys.stderr if self._stream is None else self._stream

    def line(self, text: str) -> None:
        """Write one line."""
        print(f"djelme-cluster: {text}", file=self.stream, flush=True)

    @contextlib.contextmanager
    def download(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
        """Announce a download and its size; say at the end how long it took."""
        stream = self.stream
        self.line(f"downloading {name} ({total / _MEGABYTE:.0f} MB)")
        begun = drawn = time.monotonic()
        done = 0

        def update(length: int) -> None:
            nonlocal done, drawn
            done += length
            now = time.monotonic()
            if stream.isatty() and (now - drawn >= _REDRAW_SECONDS or done >= total):
                drawn = now
                stream.write(render_bar(done, total, now - begun))
                stream.flush()

        try:
            yield update
        finally:
            if stream.isatty():
                stream.write("\n")
        self.line(f"downloaded {name} in {time.monotonic() - begun:.0f} s")


def render_bar(done: int, total: int, seconds: float) -> str:
    r"""Return a bar for one line of a terminal, beginning with a carriage return.

    >>> render_bar(48_000_000, 96_000_000, 4.0)
    '\r[###############               ]  50 %  48/96 MB  12.0 MB/s '
    """
    filled = round(_BAR_WIDTH * done / total) if total else 0
    rate = done / _MEGABYTE / seconds if seconds else 0.0
    return (
        f"\r[{'#' * filled:<{_BAR_WIDTH}}] {done / total if total else 0:>4.0%}".replace("%", " %")
        + f"  {done / _MEGABYTE:.0f}/{total / _MEGABYTE:.0f} MB  {rate:.1f} MB/s "
    )
