"""Case 16: a prefork server with four workers, reloaded and killed under load."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from outage.ledger import check_exactly_once, until
from outage.program import environment
from outage.worker import SPAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from outage.program import Plan

_CLIENTS = 4


class Load:
    """Clients that send requests, one after the other.

    Attributes:
        acknowledged: the items that answers named.
        unanswered: how many requests got no good answer; each may have been recorded.
    """

    def __init__(self, address: Path) -> None:
        self.acknowledged: list[int] = []
        self.unanswered = 0
        self._address = str(address)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(_CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, count: int) -> None:
        goal = len(self.acknowledged) + count
        until(lambda: len(self.acknowledged) >= goal, f"{count} further answers")

    def processes(self) -> set[int]:
        """Return the workers that have answered so far."""
        return {item // SPAN for item in list(self.acknowledged)}

    def _run(self) -> None:
        while not self._ended.is_set():
            item = self.ask()
            with self._lock:
                if item is None:
                    self.unanswered += 1
                else:
                    self.acknowledged.append(item)
            time.sleep(0.01)

    def ask(self) -> int | None:
        """Send a request; return the item that was recorded, None if nobody says."""
        connection = http.client.HTTPConnection("localhost", timeout=60)
        try:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(60)
            connection.sock.connect(self._address)
            connection.request("GET", "/")
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        else:
            return int(text) if answer.status == 200 else None
        finally:
            connection.close()


@pytest.fixture
def address() -> Iterator[Path]:
    """A path that is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="djelme-"))
    yield folder / "http"
    shutil.rmtree(folder)


@pytest.fixture
def master(address: Path, plan: Plan, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server of four workers, made by forks of a process that has recorded already."""
    command = [sys.executable, "-m", "gunicorn", "outage.application:application", "--preload"]
    command += ["--workers=4", f"--bind=unix:{address}", "--timeout=120", "--no-control-socket"]
    with (tmp_path / "gunicorn.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment(plan), stderr=log, start_new_session=True
        )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)


def test_workers_are_reloaded_and_killed(
    *,
    usage: Any,
    master: subprocess.Popen[bytes],
    address: Path,
    flush: Callable[[], Any],
    tmp_path: Path,
) -> None:
    load = Load(address)
    first: list[int] = []

    def answers() -> bool:
        assert master.poll() is None, (tmp_path / "gunicorn.log").read_text()
        item = load.ask()
        first.extend([] if item is None else [item])
        return item is not None

    until(answers, "the first answer")
    load.start()
    try:
        load.wait_for_more(100)
        victim = max(load.processes())
        os.kill(victim, signal.SIGKILL)
        load.wait_for_more(100)
        before = load.processes()
        master.send_signal(signal.SIGHUP)
        until(lambda: load.processes() - before, "new workers")
        load.wait_for_more(100)
        os.kill(max(load.processes() - before), signal.SIGKILL)
        load.wait_for_more(100)
    finally:
        load.stop()
    master.terminate()
    assert master.wait(60) == 0
    flush()
    warm = master.pid * SPAN  # what the master recorded before it forked
    check_exactly_once(usage, [warm, *first, *load.acknowledged], unsaid=load.unanswered)
