"""Ports of this machine, for tests of what a client does when nobody answers."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("silent_port", "unused_port")

_HOST = "127.0.0.1"
_BACKLOG = 16


def unused_port() -> int:
    """Return a port at which nobody listens, unless somebody begins to."""
    with socket.socket() as unused:
        unused.bind((_HOST, 0))
        port: int = unused.getsockname()[1]
        return port


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """Give a port at which connections are taken and nothing is answered."""
    with socket.socket() as server:
        server.bind((_HOST, 0))
        server.listen(_BACKLOG)
        yield server.getsockname()[1]
