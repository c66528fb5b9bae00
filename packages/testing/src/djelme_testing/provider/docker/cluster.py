"""A server in a container that this process made, and that doesn't outlive it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from docker.errors import APIError, DockerException, NotFound
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from djelme_testing.cluster import Cluster, ClusterOperationError, ClusterUnavailableError
from djelme_testing.port import unused_port
from djelme_testing.provider.docker import watchdog
from djelme_testing.request import cluster_health
from djelme_testing.version import server_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ("DockerCluster",)

_MEMORY = "2g"
_PORT = 9200
_ATTEMPTS = 3
_LOOK_SECONDS = 0.2
_LOG_LINES = 25
_DEAD = frozenset({"exited", "dead", "removing"})


class DockerCluster(Cluster):
    """A container of our own; the pid is that of its first process, on the daemon's machine."""

    def __init__(
        self,
        version: str,
        *,
        image: str,
        name: str,
        environment: Mapping[str, str],
        start_seconds: float,
    ) -> None:
        super().__init__(version=version, provider="docker", url="")
        self.name = name
        self._image = image
        self._environment = dict(environment)
        self._start_seconds = start_seconds
        self._container: DockerContainer | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._owner = os.getpid()
        self._stopped = False

    def launch(self) -> None:
        """Make and start the container, and wait until its server is healthy.

        Raises:
            ClusterUnavailableError: if it dies before, or takes too long.
            docker.errors.DockerException: if the daemon doesn't want to.
        """
        # Our own watchdog does what testcontainers' reaper would, without an image to pull.
        testcontainers_config.ryuk_disabled = True
        self._watchdog = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, watchdog.__file__, self.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for attempt in range(1, _ATTEMPTS + 1):
            port = unused_port()
            container = DockerContainer(self._image).with_name(self.name)
            container.with_kwargs(mem_limit=_MEMORY)
            for name, value in self._environment.items():
                container.with_env(name, value)
            # A port of our own choice stays the same over a restart, which Docker's doesn't.
            container.ports[f"{_PORT}/tcp"] = ("127.0.0.1", port)
            self._container = container
            try:
                container.start()
            except APIError as error:
                # Somebody else took the port since we looked.
                if attempt == _ATTEMPTS or "port" not in str(error):
                    raise
                container.stop()
            else:
                break
        self._port = port
        self._wait_until_healthy()

    @property
    def _wrapped(self) -> Any:
        """The container as docker-py sees it."""
        if self._stopped or self._container is None or os.getpid() != self._owner:
            msg = f"the cluster at {self.url} was stopped, or belongs to another process"
            raise ClusterOperationError(msg)
        return self._container.get_wrapped_container()

    def _wait_until_healthy(self) -> None:
        """Wait for health; a dead container ends the wait at once."""
        wrapped = self._wrapped
        deadline = time.monotonic() + self._start_seconds
        reason = ""
        while time.monotonic() < deadline:
            wrapped.reload()
            if wrapped.status in _DEAD:
                state = wrapped.attrs["State"]
                memory = ", out of memory" if state.get("OOMKilled") else ""
                self._fail(f"its container died with exit code {state['ExitCode']}{memory}")
            for url in [self.url] if self.url else self._possible_urls():
                try:
                    if cluster_health(url) != "red":
                        self.url = url
                        self._pid = int(wrapped.attrs["State"]["Pid"]) or None
                        return
                    reason = "its health is red"
                except (OSError, ValueError) as error:
                    reason = reason or f"{url}: {error}"
            time.sleep(_LOOK_SECONDS)
        self._fail(f"it was not ready within {self._start_seconds:.0f} s: {reason}")

    def _possible_urls(self) -> list[str]:
        """Return where the server may be: on loopback, or seen from within a container.

        Which of these it is can't be told from outside: a machine may look like a container and
        have a daemon of its own.
        """
        networks = self._wrapped.attrs["NetworkSettings"]["Networks"].values()
        addresses = [network["IPAddress"] for network in networks if network["IPAddress"]]
        return [f"http://127.0.0.1:{self._port}", *(f"http://{each}:{_PORT}" for each in addresses)]

    def _fail(self, reason: str) -> None:
        log = self._wrapped.logs(tail=_LOG_LINES).decode(errors="replace")
        msg = f"{server_name(self.version)} could not be started: {reason}"
        raise ClusterUnavailableError(
            msg,
            tried=[f"the image {self._image}; the end of its log:", *log.splitlines()],
            hint="see its log above; a common cause is too little memory or disk",
        )

    def stop(self) -> None:
        """Remove the container with its data."""
        if self._stopped or os.getpid() != self._owner:
            return
        if self._container is not None:
            with contextlib.suppress(NotFound):
                self._container.stop()
        self._stopped = True
        if self._watchdog is not None and self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
            self._watchdog.wait()

    def kill(self) -> None:
        """Kill the container's processes; it stays, with its data."""
        self._do(lambda container: container.kill())
        self._wrapped.wait()
        self._pid = None

    def restart(self) -> None:
        """Start the container again, stopping it first if it runs."""
        self._do(lambda container: container.restart(timeout=30))
        self._wait_until_healthy()

    def pause(self) -> None:
        """Freeze the container's processes."""
        self._do(lambda container: container.pause())

    def resume(self) -> None:
        """Let the container's processes go on."""
        self._do(lambda container: container.unpause())

    def _do(self, what: Callable[[Any], object]) -> None:
        try:
            what(self._wrapped)
        except DockerException as error:
            msg = f"the container of the cluster at {self.url} doesn't do it: {error}"
            raise ClusterOperationError(msg) from error
