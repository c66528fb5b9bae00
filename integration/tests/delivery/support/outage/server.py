"""Servers that tests may kill and freeze."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from djelme_testing import ClusterOptions, start_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing import Cluster

__all__ = ("MOST_CONTENT", "Server", "Servers")

#: Bytes of the longest request that these servers take.
MOST_CONTENT = 1024 * 1024
_SETTINGS = {
    # Soon at their limits.
    "thread_pool.write.size": 1,
    "thread_pool.write.queue_size": 2,
    "search.max_buckets": 1_000_000,
    "http.max_content_length": f"{MOST_CONTENT // 1024}kb",
}


class Server:
    """A cluster of our own, and what was done to it."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._is_dead = False
        self._is_frozen = False

    @property
    def options(self) -> dict[str, Any]:
        """What leads a client here."""
        return dict(self.cluster.client_options)

    @property
    def url(self) -> str:
        """Its address, the same for its whole life."""
        return self.cluster.url

    def kill(self) -> None:
        """End it at once."""
        self.cluster.kill()
        self._is_dead = True

    def restart(self) -> None:
        """Start it again, on the same data."""
        self.cluster.restart()
        self._is_dead = self._is_frozen = False

    @contextlib.contextmanager
    def killed(self) -> Iterator[None]:
        """Have it dead within the block, and back after it."""
        self.kill()
        try:
            yield
        finally:
            self.restart()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Have it keep its connections and say nothing within the block."""
        self.cluster.pause()
        self._is_frozen = True
        try:
            yield
        finally:
            self.cluster.resume()
            self._is_frozen = False

    def recover(self) -> None:
        """Have it well again, whatever a test that failed has left."""
        if self._is_dead:
            self.restart()
        elif self._is_frozen:
            self.cluster.resume()
            self._is_frozen = False


class Servers:
    """One server for each major version, started when it is first asked for."""

    def __init__(self) -> None:
        self._started: dict[int, Server] = {}

    def get(self, major: int) -> Server:
        """Return the server of a version, as well as new."""
        server = self._started.get(major)
        if server is None:
            # It has to be ours, even where the other tests are given one.
            environ = {name: value for name, value in os.environ.items() if value != "url"}
            options = ClusterOptions(settings=_SETTINGS)
            server = Server(start_cluster(str(major), options=options, environ=environ))
            self._started[major] = server
        server.recover()
        return server

    def stop(self) -> None:
        """Stop all of them."""
        for server in self._started.values():
            server.cluster.stop()
        self._started.clear()
