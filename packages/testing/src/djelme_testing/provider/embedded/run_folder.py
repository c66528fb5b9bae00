"""The folder of one running server, and the removal of those whose runs are dead."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
from typing import TYPE_CHECKING

from djelme_testing.lock import exclusive, try_lock_file
from djelme_testing.process_table import each_process

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("RunFolder", "remove_stale")

_PID_FILE = "server.pid"
_LOCK_SUFFIX = ".lock"


class RunFolder:
    """A folder for the data of one server, locked for as long as somebody needs it.

    Attributes:
        path: the folder, removed by ``remove()``.
        lock: the descriptor of its lock, to be inherited by who else needs the folder.
    """

    def __init__(self, cache: Path, version: str) -> None:
        parent = _runs(cache)
        with exclusive(parent / "all.lock"):
            self.path = parent / f"{version}-{secrets.token_hex(4)}"
            lock = try_lock_file(self._lock_path)
            if lock is None:  # impossible but for a clash of random names
                raise FileExistsError(self._lock_path)
            self.lock = lock
            self.path.mkdir(mode=0o755)
        for name in ("config", "data", "logs", "tmp"):
            (self.path / name).mkdir(mode=0o700)

    @property
    def _lock_path(self) -> Path:
        return self.path.with_name(self.path.name + _LOCK_SUFFIX)

    def remember_server(self, pid: int) -> None:
        """Note the leader of the server's process group, for who may have to end it."""
        (self.path / _PID_FILE).write_text(str(pid), encoding="ascii")

    def remove(self) -> None:
        """Remove it and its lock."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock_path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            os.close(self.lock)


def _runs(cache: Path) -> Path:
    folder = cache / "runs"
    folder.mkdir(mode=0o755, exist_ok=True)
    return folder


def remove_stale(cache: Path) -> list[str]:
    """Remove the folders that nobody holds the lock of, and end their servers if any is left.

    Returns:
        The names of the folders.
    """
    removed = []
    parent = _runs(cache)
    with exclusive(parent / "all.lock"):
        for lock_path in sorted(parent.glob(f"*-*{_LOCK_SUFFIX}")):
            lock = try_lock_file(lock_path)
            if lock is None:
                continue
            folder = lock_path.with_name(lock_path.name.removesuffix(_LOCK_SUFFIX))
            if folder.is_dir():
                _end_server(folder)
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder.name)
            lock_path.unlink(missing_ok=True)
            os.close(lock)
    return removed


def _end_server(folder: Path) -> None:
    """Kill a server whose watchdog was killed, too, if it is still that very server."""
    try:
        pid = int((folder / _PID_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return
    if any(each.group == pid and str(folder) in each.command for each in each_process()):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
