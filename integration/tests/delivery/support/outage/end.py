"""The ways in which processes of a site live and end."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from outage.ledger import until
from outage.program import environment
from outage.worker import SPAN

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from outage.program import Plan

__all__ = ("SERVERS", "Ended", "end_celery", "end_server")

_WORKERS = 2
_GUNICORN = ("gunicorn", f"--workers={_WORKERS}", "--bind=unix:{address}", "--no-control-socket")
_ASGI = "outage.ending:asgi"
_WSGI = "outage.ending:application"
#: The command of each server, by name.
SERVERS = {
    "gunicorn sync": (*_GUNICORN, _WSGI),
    "gunicorn gthread": (*_GUNICORN, "--threads=4", _WSGI),
    "gunicorn gthread, preload": (*_GUNICORN, "--threads=4", "--preload", _WSGI),
    "gunicorn gevent": (*_GUNICORN, "-k", "gevent", _WSGI),
    "gunicorn uvicorn": (*_GUNICORN, "-k", "uvicorn_worker.UvicornWorker", _ASGI),
    "gunicorn uvicorn, preload": (
        *_GUNICORN,
        "--preload",
        "-k",
        "uvicorn_worker.UvicornWorker",
        _ASGI,
    ),
    "uvicorn": ("uvicorn", "--uds={address}", _ASGI),
    "uvicorn, workers": ("uvicorn", "--uds={address}", "--workers=2", _ASGI),
    "hypercorn": ("hypercorn", "--bind=unix:{address}", _ASGI),
    "daphne": ("daphne", "-u", "{address}", _ASGI),
}
_REQUESTS = 50
_END_SECONDS = 60


class Ended:
    """A process that has ended.

    Attributes:
        items: what it had acknowledged before its first signal.
        later: what it acknowledged after that.
        seconds: how long its end took.
        log: what it has said.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], log: Path, items: list[int], later: list[int]
    ) -> None:
        before = time.monotonic()
        try:
            process.wait(_END_SECONDS)
        finally:
            self.log = log.read_text()
        self.seconds = time.monotonic() - before
        self.items = items
        self.later = later


def end_server(name: str, plan: Plan, folder: Path, *, reload: bool = False) -> Ended:
    """Start a server, send it requests, and end it.

    Args:
        name: of the server.
        plan: what its site has to know.
        folder: an empty one, whose path is short enough for a socket.
        reload: whether its workers are replaced by SIGHUP first.
    """
    address = folder / "http"
    command = [part.format(address=address) for part in SERVERS[name]]
    items: list[int] = []
    later: list[int] = []
    process, log = _start(command, plan, folder)
    try:

        def answers() -> bool:
            assert process.poll() is None, log.read_text()
            return _ask(address, items)

        until(answers, "an answer")
        while len(items) < _REQUESTS:
            answers()
        if reload:
            # Each: one that has its first request after its signal may lose that record.
            until(lambda: answers() and len(_workers(items)) == _WORKERS, "each worker")
            before = _workers(items)
            process.send_signal(signal.SIGHUP)
            until(
                lambda: _ask(address, later) and not _workers(later) <= before,
                "another worker",
            )
        process.send_signal(signal.SIGTERM)
        return Ended(process, log, items, later)
    finally:
        _kill(process)


def _workers(items: Iterable[int]) -> set[int]:
    """Return which workers have answered, by their items."""
    return {item // SPAN for item in items}


def end_celery(plan: Plan, folder: Path) -> Ended:
    """Start a worker of Celery whose children are replaced, send it tasks, and end it."""
    for name in ("queue", "control", "done"):
        (folder / name).mkdir()
    done = folder / "done"
    variables = {"OUTAGE_BROKER": str(folder)}
    send = "from outage.tasks import record\nfor _ in range(50): record.delay()"
    process, log = _start(["celery", "-A", "outage.tasks", "worker"], plan, folder, **variables)
    try:
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", send], env={**environment(plan), **variables}, check=True
        )
        until(lambda: len(list(done.iterdir())) == _REQUESTS, "all tasks")
        process.send_signal(signal.SIGTERM)
        return Ended(process, log, [int(path.name) for path in done.iterdir()], [])
    finally:
        _kill(process)


def _start(
    command: list[str], plan: Plan, folder: Path, **variables: str
) -> tuple[subprocess.Popen[bytes], Path]:
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", *command],
            env={**environment(plan), **variables},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return process, log


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(_END_SECONDS)


def _ask(address: Path, items: list[int]) -> bool:
    connection = http.client.HTTPConnection("localhost", timeout=60)
    try:
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(60)
        connection.sock.connect(str(address))
        connection.request("GET", "/", headers={"Connection": "close"})
        answer = connection.getresponse()
        text = answer.read()
    except OSError:
        return False
    finally:
        connection.close()
    assert answer.status == http.HTTPStatus.OK, text
    items.append(int(text))
    return True
