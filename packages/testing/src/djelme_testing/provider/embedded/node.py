"""A node that is a child of this process, watched so that it never outlives it.

It is long, as starting a server, watching it and ending it are one life.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from djelme_testing.cluster import ClusterOperationError, ClusterUnavailableError
from djelme_testing.node import Node
from djelme_testing.process_table import each_process
from djelme_testing.provider.embedded import watchdog
from djelme_testing.version import major_of, product_of, server_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from djelme_testing.directory import ServerUser
    from djelme_testing.provider.embedded.run_folder import RunFolder

__all__ = ("EmbeddedNode", "ServerPlan")

_LOOK_SECONDS = 0.1
_END_SECONDS = 30.0
_LOG_LINES = 25


@dataclass
class ServerPlan:
    """All that is needed to start a server, again and again.

    Attributes:
        name: the ``node.name``.
        version: of Elasticsearch, three numbers.
        folder: where its data are.
        command: what to run.
        environment: its whole environment.
        user: whom to run it as, or None for ourselves.
        start_seconds: how long it may take to become healthy.
        render: makes the text of ``elasticsearch.yml`` for a port.
    """

    name: str
    version: str
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
        program = product_of(major_of(self.version)).program
        path = self.folder.path / "config" / f"{program}.yml"
        path.write_text(self.render(port), encoding="utf-8")

    def write_seeds(self, addresses: Iterable[str]) -> None:
        """Write where the other nodes are, which a node reads whenever it looks for a master."""
        path = self.folder.path / "config" / "unicast_hosts.txt"
        partial = path.with_suffix(".partial")
        partial.write_text("".join(f"{each}\n" for each in addresses), encoding="ascii")
        partial.chmod(0o644)  # the server may be another user
        partial.replace(path)

    def written_address(self, kind: str) -> str | None:
        """Return the first address of ``http`` or ``transport`` that the node wrote, if any."""
        path = self.folder.path / "logs" / f"{kind}.ports"
        try:
            return next(iter(path.read_text(encoding="ascii").split()), None)
        except FileNotFoundError:
            return None

    def forget_addresses(self) -> None:
        """Remove what a former run of the node wrote."""
        for kind in ("http", "transport"):
            (self.folder.path / "logs" / f"{kind}.ports").unlink(missing_ok=True)

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


class EmbeddedNode(Node):
    """A server of our own; the pid is the leader of its process group.

    Args:
        plan: how to start it.
        scheme: ``"http"`` or ``"https"``.
        publish: called when its transport has a new address, with that address.
    """

    def __init__(self, plan: ServerPlan, scheme: str, publish: Callable[[str, str], None]) -> None:
        super().__init__(plan.name)
        self._plan = plan
        self._scheme = scheme
        self._publish = publish
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        self._removed = False

    @property
    def log_path(self) -> Path:
        """The file with what the server printed."""
        return self._plan.log

    def launch(self) -> None:
        """Start the server, and don't wait for it.

        Raises:
            ClusterUnavailableError: if it can't be started at all.
        """
        self._plan.forget_addresses()
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
            self.fail("its process could not be started")
        self.pid = int(pid)
        self._plan.folder.remember_server(self.pid)

    def is_up(self) -> bool:
        """Tell whether it listens by now; its address is known from then on.

        Raises:
            ClusterUnavailableError: if it ended.
        """
        if self._watchdog is None or self._watchdog.poll() is not None:
            self.fail("its process ended")
        http = self._plan.written_address("http")
        transport = self._plan.written_address("transport")
        if http is None or transport is None:
            return False
        self.url = f"{self._scheme}://127.0.0.1:{urlsplit(f'//{http}').port}"
        self._publish(self.name, transport)
        return True

    def wait_until_up(self, deadline: float) -> None:
        """Wait until it listens.

        Raises:
            ClusterUnavailableError: if it ends before, or takes too long.
        """
        while not self.is_up():
            if time.monotonic() > deadline:
                self.fail("it didn't say in time which port it listens on")
            time.sleep(_LOOK_SECONDS)

    def fail(self, reason: str) -> NoReturn:
        """Say that it could not be started, with the end of its log.

        Raises:
            ClusterUnavailableError: always.
        """
        tail: list[str] = []
        with contextlib.suppress(OSError):
            text = self._plan.log.read_text(encoding="utf-8", errors="replace")
            tail = text.splitlines()[-_LOG_LINES:]
        msg = f"{server_name(self._plan.version)} could not be started: {reason}"
        raise ClusterUnavailableError(
            msg,
            tried=[f"{' '.join(self._plan.command)}; the end of its log:", *tail],
            hint="see its log above; a common cause is too little memory or disk",
        )

    def remove(self) -> None:
        """Kill it and remove its data, which nobody needs any more."""
        # A forked child has this object, too, but the server is its parent's.
        if self._removed or os.getpid() != self._owner:
            return
        self._removed = True
        self._end(signal.SIGKILL)
        self._plan.folder.remove()

    def kill(self) -> None:
        """Send SIGKILL to all of its processes, and wait until they are gone."""
        self._check_ours()
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Send SIGTERM to all of its processes, and wait until they are gone."""
        self._check_ours()
        self._end(signal.SIGTERM)

    def relaunch(self) -> None:
        """Start it on the same data and port, after SIGTERM if it runs, and don't wait for it."""
        self.stop()
        self._plan.write_settings(urlsplit(self.url).port or 0)
        self.launch()

    def start(self) -> None:
        """Start it on the same data and port, and wait until it listens."""
        self._check_ours()
        if self.running:
            msg = f"the node {self.name} at {self.url} is running"
            raise ClusterOperationError(msg)
        self.relaunch()
        self.wait_until_up(time.monotonic() + self._plan.start_seconds)

    def pause(self) -> None:
        """Send SIGSTOP to all of its processes, and wait until they stand still."""
        self._signal(signal.SIGSTOP)
        # The signal is only queued: on a busy machine a server answers for a while yet.
        deadline = time.monotonic() + _END_SECONDS
        while not _stands_still(self.pid or 0):
            if time.monotonic() > deadline:
                msg = f"the node at {self.url} doesn't stand still"
                raise ClusterOperationError(msg)
            time.sleep(_LOOK_SECONDS / 10)
        self.paused = True

    def resume(self) -> None:
        """Send SIGCONT to all of its processes."""
        self._signal(signal.SIGCONT)
        self.paused = False

    def _check_ours(self) -> None:
        if self._removed or os.getpid() != self._owner:
            msg = f"the node at {self.url} was removed, or belongs to another process"
            raise ClusterOperationError(msg)

    def _signal(self, number: signal.Signals) -> None:
        self._check_ours()
        if self.pid is None:
            msg = f"the node at {self.url} isn't running"
            raise ClusterOperationError(msg)
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            msg = f"the node at {self.url} isn't running any more"
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
        self.paused = False


def _stands_still(group: int) -> bool:
    """Tell whether every process of a group is stopped."""
    return all(
        process.state.startswith(("T", "Z")) for process in each_process() if process.group == group
    )
