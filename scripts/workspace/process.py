"""Child processes that are shown while they run, limited in time, and never left behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import FrameType

__all__ = ["Outcome", "end_all", "leave_nothing_behind", "run"]

GRACE = 20.0  # seconds in which a child can stop its own clusters before it is killed
POLL = 0.5  # seconds between two looks whether a silent child has ended
_running: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code, its seconds, and whether its time ran out."""

    code: int
    seconds: float
    timed_out: bool = False


def leave_nothing_behind() -> None:
    """Make Ctrl-C and SIGTERM end this script with all that it started, and without a traceback."""

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        raise SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path,
    timeout: float,
    echo: bool,
) -> Outcome:
    """Run a command in a process group of its own, writing its output to a log.

    Args:
        command: The program and its arguments.
        cwd: Where to run it.
        env: Its whole environment.
        log: The file that takes its output, overwritten.
        timeout: Seconds after which the whole group is ended.
        echo: Whether the output is shown as it comes, too.
    """
    started = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            end(child)

        timer = threading.Timer(timeout, expire)
        timer.daemon = True
        timer.start()
        _running.add(child)
        try:
            copy(child, sink, echo=echo)
            code = child.wait()
        except BaseException:
            end(child)
            raise
        finally:
            timer.cancel()
            _running.discard(child)
            if child.stdout is not None:
                child.stdout.close()
    return Outcome(code, time.monotonic() - started, expired.is_set())


def end_all() -> None:
    """End what `run` has started in other threads; each of them returns."""
    for child in list(_running):
        end(child)


def copy(child: subprocess.Popen[bytes], sink: BinaryIO, *, echo: bool) -> None:
    """Copy a child's output to the log, and to our own output if asked, until it ends.

    The end of the child counts, not that of its output: a process that it left behind could
    hold the pipe for ever.
    """
    if child.stdout is None:
        raise TypeError(child)
    descriptor = child.stdout.fileno()
    while True:
        ended = child.poll() is not None
        readable, _, _ = select.select([descriptor], [], [], 0 if ended else POLL)
        chunk = os.read(descriptor, 65536) if readable else b""
        if not chunk and (ended or readable):
            return
        sink.write(chunk)
        sink.flush()  # people look into the log of what still runs
        if echo and chunk:
            sys.stdout.write(chunk.decode(errors="replace"))
            sys.stdout.flush()


def end(child: subprocess.Popen[bytes]) -> None:
    """End a child with all that it started: ask first, as Ctrl-C does, then kill."""
    for number, wait in ((signal.SIGINT, GRACE), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            return
        try:
            child.wait(timeout=wait)
        except subprocess.TimeoutExpired:
            continue
