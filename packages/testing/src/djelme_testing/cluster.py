"""The contract of a cluster, whoever provides it, and what can go wrong with one."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

__all__ = ("Cluster", "ClusterError", "ClusterOperationError", "ClusterUnavailableError")


class ClusterError(Exception):
    """The root of all errors about clusters for tests."""


class ClusterUnavailableError(ClusterError):
    """No cluster can be had.

    Attributes:
        reason: why, in a sentence.
        tried: what was tried, in order.
        remedy: what the reader can do about it.
    """

    def __init__(self, reason: str, *, tried: Sequence[str] = (), remedy: str = "") -> None:
        super().__init__(reason, tuple(tried), remedy)
        self.reason = reason
        self.tried = tuple(tried)
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_unavailable, (self.reason, self.tried, self.remedy)

    def __str__(self) -> str:
        lines = [self.reason, *(f"  tried: {step}" for step in self.tried)]
        if self.remedy:
            lines.append(f"  what to do: {self.remedy}")
        return "\n".join(lines)


def _rebuild_unavailable(
    reason: str, tried: tuple[str, ...], remedy: str
) -> ClusterUnavailableError:
    return ClusterUnavailableError(reason, tried=tried, remedy=remedy)


class ClusterOperationError(ClusterError):
    """A cluster can't do what it was asked to, such as killing one that somebody else runs."""


class Cluster(abc.ABC):
    """One running Elasticsearch node; as a context manager it is stopped at the end.

    Attributes:
        version: its version, such as ``"8.19.3"``.
        provider: the name of its provider: ``"embedded"``, ``"docker"`` or ``"url"``.
        url: its address without credentials, such as ``"http://127.0.0.1:39217"``.
        pid: the process id of its server (the leader of its process group), if it runs here.
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
        self.pid: int | None = None

    @property
    def major(self) -> int:
        """The first number of the version."""
        return int(self.version.partition(".")[0])

    @property
    def client_options(self) -> dict[str, object]:
        """What the official clients take to connect, as keyword arguments (``hosts`` …)."""
        options: dict[str, object] = {"hosts": self.url}
        if self.username is not None:
            auth = "basic_auth" if self.major >= 8 else "http_auth"  # noqa: PLR2004 - a version
            options[auth] = (self.username, self.password)
        if self.ca_path is not None:
            options["ca_certs"] = str(self.ca_path)
        return options

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
