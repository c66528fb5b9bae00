"""Locks between processes that are free again when their holders are dead."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ("exclusive", "lock_file", "try_lock_file")


@contextlib.contextmanager
def exclusive(path: Path, *, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock of a file within the block, waiting for it if somebody else has it.

    Args:
        path: the file; made if need be, and left there.
        on_wait: called once before waiting.
    """
    descriptor = try_lock_file(path)
    if descriptor is None:
        if on_wait is not None:
            on_wait()
        descriptor = lock_file(path)
    try:
        yield
    finally:
        os.close(descriptor)


def lock_file(path: Path) -> int:
    """Wait for the lock of a file; it is held until every copy of the descriptor is closed."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def try_lock_file(path: Path) -> int | None:
    """Take the lock of a file at once, or return None if somebody else has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
