"""Open, own and write files by their descriptors, on POSIX systems.

A spool lies where its user alone may write: whoever could put a file or a link there could have
anything sent as records, or have records written anywhere. So nothing is opened that isn't the
process's own, and no link is followed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ("hold", "hold_waiting", "open_own", "read_own", "require_own_directory", "write_all")

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def require_own_directory(path: Path) -> None:
    """Check that a directory is the user's own and that nobody else may write into it.

    Raises:
        FileNotFoundError: if there is none.
        NotADirectoryError: if it is a file.
        PermissionError: if it is somebody else's, open to others, or a link.
        OSError: if it can't be looked at.
    """
    found = os.lstat(path)
    if stat.S_ISREG(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    _require_own(found, stat.S_ISDIR, "a directory", "0700")


def open_own(path: Path, flags: int) -> int:
    """Open a file that is the user's own, or make it for the user alone; return its descriptor.

    Raises:
        PermissionError: if it is somebody else's, open to others, or no plain file.
        OSError: if it can't be opened, such as a link, or made.
    """
    # A named pipe would wait for whoever opens its other end.
    flags |= os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o600)
    try:
        _require_own(os.fstat(descriptor), stat.S_ISREG, "a plain file", "0600")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_own(path: Path) -> bytes:
    """Return what is in a file that is the user's own.

    Raises:
        OSError: as `open_own` does, and if it can't be read.
    """
    with os.fdopen(open_own(path, os.O_RDONLY), "rb") as file:
        return file.read()


def _require_own(
    found: os.stat_result, is_right: Callable[[int], bool], what: str, mode: str
) -> None:
    problem = ""
    if not is_right(found.st_mode):
        problem = f"it is not {what}"
    elif found.st_uid != os.geteuid():
        problem = f"it belongs to the user with id {found.st_uid}, not {os.geteuid()}"
    elif found.st_mode & _OTHERS_MAY_WRITE:
        problem = f"others may write to it (mode {stat.S_IMODE(found.st_mode):04o}, not {mode})"
    elif stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
        problem = "it has several names (hard links)"
    if problem:
        raise PermissionError(errno.EPERM, problem)


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
