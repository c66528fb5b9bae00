"""The processes of this machine, as its kernel tells of them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("ProcessEntry", "each_process")

_PROC = Path("/proc")


@dataclass(frozen=True)
class ProcessEntry:
    """One process.

    Attributes:
        pid: its number.
        group: the number of its process group.
        state: begins with ``T`` if it is stopped, with ``Z`` if it has ended.
        command: its command line, as far as it can be seen.
    """

    pid: int
    group: int
    state: str
    command: str


def each_process() -> Iterator[ProcessEntry]:
    """Yield the processes; those that end meanwhile may be left out."""
    # Small containers have no ps, and macOS has no /proc.
    return _from_proc() if (_PROC / "self" / "stat").exists() else _from_ps()


def _from_proc() -> Iterator[ProcessEntry]:
    for folder in _PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            numbers = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        text = command.replace(b"\0", b" ").decode(errors="replace").strip()
        yield ProcessEntry(int(folder.name), int(numbers[2]), numbers[0], text)


def _from_ps() -> Iterator[ProcessEntry]:
    ps = ["ps", "-ww", "-A", "-o", "pid=,pgid=,stat=,command="]
    lines = subprocess.run(ps, check=True, capture_output=True, text=True).stdout  # noqa: S603 - fixed
    for line in lines.splitlines():
        pid, group, state, *command = line.split(maxsplit=3)
        yield ProcessEntry(int(pid), int(group), state, "".join(command))
