"""Run a server for as long as the process that wants it is alive, and not a moment longer.

A program of its own, of the standard library only, run by its path: ``python watchdog.py``. Its
owner writes one line of JSON to its standard input, and keeps that open. When the owner ends
in whatever way, the kernel closes it, and the watchdog kills the server's process group and
removes its folder. It writes the server's process id to its standard output, and ends when the
server does.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

_LOOK_SECONDS = 1.0


def main() -> int:
    """Run the server that standard input describes."""
    owner = os.getppid()
    specification = json.loads(_read_line())
    # Any polite end of ours is the server's end, too: by the finally below.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: sys.exit(1))
    server = _start(specification)
    owner_is_gone = True
    try:
        print(server.pid, flush=True)  # noqa: T201 - the owner reads it
        owner_is_gone = not _wait_until_exit(server, owner)
    finally:
        _kill_group(server.pid)
        server.wait()
        if owner_is_gone:
            shutil.rmtree(specification["folder"], ignore_errors=True)
    return 0


def _read_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            sys.exit(1)  # the owner died before it said what it wanted
        line += piece
    return line


def _start(specification: dict[str, Any]) -> subprocess.Popen[bytes]:
    as_user: dict[str, Any] = {}
    if specification["uid"] is not None:
        as_user = {
            "user": specification["uid"],
            "group": specification["gid"],
            "extra_groups": [],
        }
    with Path(specification["log"]).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own command
            specification["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=specification["folder"],
            env=specification["environment"],
            start_new_session=True,
            **as_user,
        )


def _wait_until_exit(server: subprocess.Popen[bytes], owner: int) -> bool:
    """Wait for the end of the server (True) or of the owner (False)."""
    ended, at_end = os.pipe()

    def wait() -> None:
        server.wait()
        os.close(at_end)

    threading.Thread(target=wait, daemon=True).start()
    while True:
        readable, _, _ = select.select([0, ended], [], [], _LOOK_SECONDS)
        if ended in readable:
            return True
        if 0 in readable and not os.read(0, 4096):
            return False
        # A child that the owner forked may hold the other end open for longer than it lives.
        if os.getppid() != owner:
            return False


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
