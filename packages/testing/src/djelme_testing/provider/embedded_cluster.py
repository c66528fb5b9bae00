"""A server that is a child of this process, watched so that it never outlives it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from djelme_testing import watchdog
from djelme_testing.cluster import Cluster, ClusterOperationError, ClusterUnavailableError
from djelme_testing.process_table import each_process
from djelme_testing.request import cluster_health

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from djelme_testing.directory import ServerUser
    from djelme_testing.run_folder import RunFolder

__all__ = ("EmbeddedCluster", "ServerPlan")

_LOOK_SECONDS = 0.1
_END_SECONDS = 30.0
_LOG_LINES = 25


@dataclass
class ServerPlan:
    """All that is needed to start a server, again and again.

    Attributes:
        folder: where its data are.
        command: what to run.
        environment: its whole environment.
        user: whom to run it as, or None for ourselves.
        start_seconds: how long it may take to become healthy.
        render: makes the text of ``elasticsearch.yml`` for a port.
    """

    folder: RunFolder
    command: list[str]
    environment: dict[str, str]
    user: ServerUser | None
    start_seconds: float
    render: Callable[[int], str]

    @property
    def log(self) -> Path:
        """The file that takes what the server prints."""
        return self.folder.path / "logs" / "console.log"

    @property
    def as_user(self) -> dict[str, Any]:
        """The arguments of ``subprocess.run`` to run something as the server's user."""
        if self.user is None:
            return {}
        return {"user": self.user.uid, "group": self.user.gid, "extra_groups": []}

    def write_settings(self, port: int) -> None:
        """Write ``elasticsearch.yml``."""
        path = self.folder.path / "config" / "elasticsearch.yml"
        path.write_text(self.render(port), encoding="utf-8")

    def specification(self) -> dict[str, Any]:
        """Return what the watchdog has to know."""
        return {
            "command": self.command,
            "environment": self.environment,
            "folder": str(self.folder.path),
            "log": str(self.log),
            "uid": None if self.user is None else self.user.uid,
            "gid": None if self.user is None else self.user.gid,
        }


class EmbeddedCluster(Cluster):
    """A server of our own; the pid is the leader of its process group."""

    def __init__(self, version: str, plan: ServerPlan, **secret: Any) -> None:
        super().__init__(version=version, provider="embedded", url="", **secret)
        self._plan = plan
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        self._stopped = False

    @property
    def log_path(self) -> Path:
        """The file with what the server printed."""
        return self._plan.log

    def launch(self) -> None:
        """Start the server and wait until it is healthy.

        Raises:
            ClusterUnavailableError: if it ends before, or takes too long.
        """
        ports = self._plan.folder.path / "logs" / "http.ports"
        ports.unlink(missing_ok=True)
        deadline = time.monotonic() + self._plan.start_seconds
        # Isolated (-I), so that neither variables nor the current folder change what it runs.
        # Its session is its own, so that Ctrl-C reaches us and not it.
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-I", "-S", watchdog.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(self._plan.folder.lock,),
        )
        self._watchdog = process
        if process.stdin is None or process.stdout is None:
            msg = "Popen made no pipes"
            raise RuntimeError(msg)
        process.stdin.write(json.dumps(self._plan.specification()).encode() + b"\n")
        process.stdin.flush()
        pid = process.stdout.readline()
        if not pid:
            self._fail("its process could not be started")
        self.pid = int(pid)
        self._plan.folder.remember_server(self.pid)
        self._wait_until_healthy(ports, deadline)

    def _wait_until_healthy(self, ports: Path, deadline: float) -> None:
        reason = "it didn't say which port it listens on"
        while time.monotonic() < deadline:
            if self._watchdog is None or self._watchdog.poll() is not None:
                self._fail("its process ended")
            if ports.exists() and (address := ports.read_text(encoding="ascii").split()):
                scheme = "http" if self.ca_path is None else "https"
                port = urlsplit(f"//{address[0]}").port
                self.url = f"{scheme}://127.0.0.1:{port}"
                try:
                    if self.health() != "red":
                        return
                    reason = "its health is red"
                except OSError as error:
                    reason = f"its health is not known: {error}"
            time.sleep(_LOOK_SECONDS)
        self._fail(f"it was not ready within {self._plan.start_seconds:.0f} s: {reason}")

    def health(self) -> str:
        """Return ``"green"``, ``"yellow"`` or ``"red"``.

        Raises:
            OSError: if it doesn't answer.
        """
        return cluster_health(
            self.url, username=self.username, password=self.password, ca_path=self.ca_path
        )

    def _fail(self, reason: str) -> None:
        tail: list[str] = []
        with contextlib.suppress(OSError):
            text = self._plan.log.read_text(encoding="utf-8", errors="replace")
            tail = text.splitlines()[-_LOG_LINES:]
        msg = f"Elasticsearch {self.version} could not be started: {reason}"
        raise ClusterUnavailableError(
            msg,
            tried=[f"{' '.join(self._plan.command)}; the end of its log:", *tail],
            remedy="see its log above; a common cause is too little memory or disk",
        )

    def stop(self) -> None:
        """Kill it and remove its data, which nobody needs any more."""
        # A forked child has this object, too, but the server is its parent's.
        if self._stopped or os.getpid() != self._owner:
            return
        self._stopped = True
        self._end(signal.SIGKILL)
        self._plan.folder.remove()

    def kill(self) -> None:
        """Send SIGKILL to all of its processes, and wait until they are gone."""
        self._check_ours()
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start it on the same data and port, after SIGTERM if it runs."""
        self._check_ours()
        self._end(signal.SIGTERM)
        port = urlsplit(self.url).port
        self._plan.write_settings(port or 0)
        self.launch()

    def pause(self) -> None:
        """Send SIGSTOP to all of its processes, and wait until they stand still."""
        self._signal(signal.SIGSTOP)
        # The signal is only queued: on a busy machine a server answers for a while yet.
        deadline = time.monotonic() + _END_SECONDS
        while not _stands_still(self.pid or 0):
            if time.monotonic() > deadline:
                msg = f"the cluster at {self.url} doesn't stand still"
                raise ClusterOperationError(msg)
            time.sleep(_LOOK_SECONDS / 10)

    def resume(self) -> None:
        """Send SIGCONT to all of its processes."""
        self._signal(signal.SIGCONT)

    def _check_ours(self) -> None:
        if self._stopped or os.getpid() != self._owner:
            msg = f"the cluster at {self.url} was stopped, or belongs to another process"
            raise ClusterOperationError(msg)

    def _signal(self, number: signal.Signals) -> None:
        self._check_ours()
        if self.pid is None:
            msg = f"the cluster at {self.url} isn't running"
            raise ClusterOperationError(msg)
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            msg = f"the cluster at {self.url} isn't running any more"
            raise ClusterOperationError(msg) from None

    def _end(self, number: signal.Signals) -> None:
        """End the server by a signal, and the watchdog with it; for a TERM ignored, by KILL."""
        process, self._watchdog = self._watchdog, None
        if process is None:
            return
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)
                os.killpg(self.pid, signal.SIGCONT)  # a paused one acts on TERM only then
        elif process.stdin is not None:
            process.stdin.close()  # interrupted while starting: tells the watchdog to end all
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            if self.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGKILL)
            process.wait(_END_SECONDS)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self.pid = None


def _stands_still(group: int) -> bool:
    """Tell whether every process of a group is stopped."""
    return all(
        process.state.startswith(("T", "Z")) for process in each_process() if process.group == group
    )
