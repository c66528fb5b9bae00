"""Own and write files by their descriptors, on POSIX systems."""

from __future__ import annotations

import fcntl
import os

__all__ = ("hold", "hold_waiting", "write_all")


def hold(descriptor: int) -> bool:
    """Lock an open file without waiting; return False if somebody else holds it.

    The lock belongs to the open file: it ends when the last descriptor of it is closed, by whatever
    ends the process. Children share it until they close theirs, so a child has to close inherited
    descriptors, and never to unlock them.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def hold_waiting(descriptor: int) -> None:
    """Lock an open file, waiting until nobody else holds it; for short moments only."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def write_all(descriptor: int, data: bytes) -> None:
    """Write data as a whole, in several writes where the system takes it in parts only."""
    while data:
        data = data[os.write(descriptor, data) :]
