"""Servers that are children of this process, as one cluster."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from djelme_testing.cluster import Cluster
from djelme_testing.provider.embedded.node import EmbeddedNode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djelme_testing.progress import Progress
    from djelme_testing.provider.embedded.node import ServerPlan

__all__ = ("EmbeddedCluster",)

_LOOK_SECONDS = 0.1
_SAY_SECONDS = 10.0


class EmbeddedCluster(Cluster):
    """Servers of our own; what is asked of the cluster is done to each node."""

    nodes: tuple[EmbeddedNode, ...]

    def __init__(
        self, version: str, plans: Sequence[ServerPlan], progress: Progress, **secret: Any
    ) -> None:
        super().__init__(version=version, provider="embedded", url="", **secret)
        self._start_seconds = max(plan.start_seconds for plan in plans)
        self._plans = plans
        self._progress = progress
        self._seeds: dict[str, str] = {}
        scheme = "http" if self.ca_path is None else "https"
        self.nodes = tuple(EmbeddedNode(plan, scheme, self._publish) for plan in plans)

    def _publish(self, name: str, address: str) -> None:
        """Tell every node where one listens for the others."""
        if self._seeds.get(name) == address:
            return
        self._seeds[name] = address
        for plan in self._plans:
            plan.write_seeds(self._seeds.values())

    def launch(self) -> None:
        """Start the servers and wait until they are a healthy cluster.

        Raises:
            ClusterUnavailableError: if one ends before, or takes too long.
        """
        for node in self.nodes:
            node.launch()
        self._wait_until_healthy()

    def _wait_until_healthy(self) -> None:
        begun = said = time.monotonic()

        def wait_for(what: str) -> bool:
            """Sleep for a moment, and tell whether there is time left to wait."""
            nonlocal said
            now = time.monotonic()
            if now - said >= _SAY_SECONDS:
                said = now
                spent = f"{now - begun:.0f} s of at most {self._start_seconds:.0f}"
                self._progress.line(f"still waiting, {spent}: {what}")
            time.sleep(_LOOK_SECONDS)
            return now - begun < self._start_seconds

        # All at once: where each waits for the others, none must be waited for alone.
        starting = list(self.nodes)
        while starting := [node for node in starting if not node.is_up()]:
            names = ", ".join(node.name for node in starting)
            if not wait_for(f"for {names} to listen (loading Java and the server's modules)"):
                starting[0].fail("it didn't say in time which port it listens on")
        self.url = self.nodes[0].url
        while (reason := self.why_not("yellow", len(self.nodes))) is not None:
            for node in self.nodes:
                node.is_up()
            if not wait_for(f"for a healthy cluster; {reason}"):
                self.nodes[0].fail(f"it was not ready within {self._start_seconds:.0f} s: {reason}")

    @property
    def pid(self) -> int | None:
        """The process id of the first node."""
        return self.nodes[0].pid

    def stop(self) -> None:
        """Kill all nodes and remove their data, which nobody needs any more."""
        for node in self.nodes:
            node.remove()

    def kill(self) -> None:
        """Kill all nodes."""
        for node in self.nodes:
            node.kill()

    def restart(self) -> None:
        """Start all nodes on the same data and ports, after SIGTERM where they run."""
        for node in self.nodes:
            node.relaunch()
        self._wait_until_healthy()

    def pause(self) -> None:
        """Freeze all nodes."""
        for node in self.nodes:
            node.pause()

    def resume(self) -> None:
        """Let all nodes go on."""
        for node in self.nodes:
            node.resume()
