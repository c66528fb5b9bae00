"""The contract of one node of a cluster of our own."""

from __future__ import annotations

import abc

__all__ = ("Node",)


class Node(abc.ABC):
    """One Elasticsearch server of a cluster; what is done to it leaves the others alone.

    Attributes:
        name: its ``node.name``.
        url: its address, such as ``"http://127.0.0.1:39217"``; it keeps it when it starts again.
        pid: the process id of its server (the leader of its process group), if it runs.
        paused: whether it is frozen.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.url = ""
        self.pid: int | None = None
        self.paused = False

    @property
    def running(self) -> bool:
        """Whether it was started, and neither stopped nor killed since; true when paused, too."""
        return self.pid is not None

    @abc.abstractmethod
    def stop(self) -> None:
        """End the server in good order, by SIGTERM; its data stay.

        Raises:
            ClusterOperationError: if the cluster was stopped.
        """

    @abc.abstractmethod
    def kill(self) -> None:
        """End the server at once, by SIGKILL; its data stay.

        Raises:
            ClusterOperationError: if the cluster was stopped.
        """

    @abc.abstractmethod
    def start(self) -> None:
        """Start it again with the same data at the same address, until it answers.

        Its cluster may need longer to take it in: see ``Cluster.wait_for()``.

        Raises:
            ClusterOperationError: if it runs, or the cluster was stopped.
            ClusterUnavailableError: if it doesn't come back.
        """

    @abc.abstractmethod
    def pause(self) -> None:
        """Freeze it by SIGSTOP: it keeps its connections, and answers nothing.

        Raises:
            ClusterOperationError: if it doesn't run.
        """

    @abc.abstractmethod
    def resume(self) -> None:
        """Let it go on by SIGCONT.

        Raises:
            ClusterOperationError: if it doesn't run.
        """

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} at {self.url}>"
