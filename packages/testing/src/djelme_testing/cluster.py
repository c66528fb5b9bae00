"""The contract of a cluster, whoever provides it, and what can go wrong with one."""

from __future__ import annotations

import abc
import time
from typing import TYPE_CHECKING

from djelme_testing.request import request_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

    from djelme_testing.node import Node

__all__ = ("Cluster", "ClusterError", "ClusterOperationError", "ClusterUnavailableError")

_STATUSES = ("red", "yellow", "green")
_LOOK_SECONDS = 0.1


class ClusterError(Exception):
    """The root of all errors about clusters for tests."""


class ClusterUnavailableError(ClusterError):
    """No cluster can be had.

    Attributes:
        reason: why, in a sentence.
        tried: what was tried, in order.
        hint: what the reader can do about it.
    """

    def __init__(self, reason: str, *, tried: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(reason, tuple(tried), hint)
        self.reason = reason
        self.tried = tuple(tried)
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_unavailable, (self.reason, self.tried, self.hint)

    def __str__(self) -> str:
        lines = [self.reason, *(f"  tried: {step}" for step in self.tried)]
        if self.hint:
            lines.append(f"  what to do: {self.hint}")
        return "\n".join(lines)


def _rebuild_unavailable(reason: str, tried: tuple[str, ...], hint: str) -> ClusterUnavailableError:
    return ClusterUnavailableError(reason, tried=tried, hint=hint)


class ClusterOperationError(ClusterError):
    """A cluster can't do what it was asked to, such as killing one that somebody else runs."""


class Cluster(abc.ABC):
    """A running Elasticsearch of one node or more; as a context manager it is stopped at the end.

    Attributes:
        version: its version, such as ``"8.19.3"``.
        provider: the name of its provider: ``"embedded"``, ``"docker"`` or ``"url"``.
        url: its address without credentials, such as ``"http://127.0.0.1:39217"``; of several
            nodes, the first one's.
        nodes: its nodes, to stop, kill, start, pause and resume each; empty where they are
            not ours.
        username: the user to log in as, where security is on.
        password: their password.
        ca_path: a file with the certificate (PEM) to verify the server by, where it has TLS
            that the system's own certificates don't cover.
    """

    def __init__(
        self,
        *,
        version: str,
        provider: str,
        url: str,
        username: str | None = None,
        password: str | None = None,
        ca_path: Path | None = None,
    ) -> None:
        self.version = version
        self.provider = provider
        self.url = url
        self.username = username
        self.password = password
        self.ca_path = ca_path
        self.nodes: Sequence[Node] = ()
        self._pid: int | None = None

    @property
    def pid(self) -> int | None:
        """The process id of its server (the leader of its process group), if it runs here."""
        return self._pid

    @property
    def urls(self) -> list[str]:
        """The addresses of all nodes, as far as they are known, without credentials."""
        return [node.url for node in self.nodes] or [self.url]

    @property
    def major(self) -> int:
        """The first number of the version."""
        return int(self.version.partition(".")[0])

    @property
    def client_options(self) -> dict[str, object]:
        """What the official clients take to connect, as keyword arguments (``hosts`` …)."""
        options: dict[str, object] = {"hosts": self.urls if len(self.nodes) > 1 else self.url}
        if self.username is not None:
            auth = "basic_auth" if self.major >= 8 else "http_auth"  # noqa: PLR2004 - a version
            options[auth] = (self.username, self.password)
        if self.ca_path is not None:
            options["ca_certs"] = str(self.ca_path)
        return options

    def why_not(self, status: str, nodes: int | None) -> str | None:
        """Say what a cluster lacks to be of a status with so many nodes, or None if nothing.

        Args:
            status: ``"green"``, ``"yellow"`` or ``"red"``; a better one is as good.
            nodes: how many it must have, or None for any number.
        """
        asked = [node.url for node in self.nodes if node.running and not node.paused]
        reason = "none of its nodes runs"
        for url in asked if self.nodes else [self.url]:
            try:
                answer = request_json(
                    url,
                    "/_cluster/health?timeout=1s&master_timeout=1s",
                    username=self.username,
                    password=self.password,
                    ca_path=self.ca_path,
                )
                found, number = str(answer["status"]), int(answer["number_of_nodes"])
            except (OSError, ValueError) as error:
                reason = f"{url}: {error}"
                continue
            if _STATUSES.index(found) >= _STATUSES.index(status) and nodes in {None, number}:
                return None
            reason = f"{url} says {found} with {number} nodes"
        return reason

    def wait_for(
        self, status: str = "green", nodes: int | None = None, *, seconds: float = 120.0
    ) -> None:
        """Wait until a node that runs sees the cluster in a status and with so many nodes.

        Args:
            status: ``"green"``, ``"yellow"`` or ``"red"``; a better one is as good.
            nodes: how many nodes, by default as many as run.
            seconds: how long to wait.

        Raises:
            ClusterOperationError: if it doesn't come to that in time.
            ValueError: if there is no such status.
        """
        if status not in _STATUSES:
            msg = f"{status!r} is not a status of a cluster: it is one of {', '.join(_STATUSES)}"
            raise ValueError(msg)
        if nodes is None and self.nodes:
            nodes = sum(node.running and not node.paused for node in self.nodes)
        deadline = time.monotonic() + seconds
        while (reason := self.why_not(status, nodes)) is not None:
            if time.monotonic() > deadline:
                wanted = status if nodes is None else f"{status} with {nodes} nodes"
                msg = f"the cluster was not {wanted} within {seconds:g} s: {reason}"
                raise ClusterOperationError(msg)
            time.sleep(_LOOK_SECONDS)

    @abc.abstractmethod
    def stop(self) -> None:
        """Stop it for good and remove its data; doing so again does nothing."""

    @abc.abstractmethod
    def kill(self) -> None:
        """End the server at once, without a chance to say goodbye; its data stay.

        Raises:
            ClusterOperationError: if the server is not ours.
        """

    @abc.abstractmethod
    def restart(self) -> None:
        """Start it again with the same data at the same address, stopping it first if it runs.

        Raises:
            ClusterOperationError: if the server is not ours.
            ClusterUnavailableError: if it doesn't come back.
        """

    @abc.abstractmethod
    def pause(self) -> None:
        """Freeze the server: it keeps its connections, and answers nothing.

        Raises:
            ClusterOperationError: if the server is not ours.
        """

    @abc.abstractmethod
    def resume(self) -> None:
        """Let a paused server go on.

        Raises:
            ClusterOperationError: if the server is not ours.
        """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.version} ({self.provider}) at {self.url}>"
