"""What every provider of clusters offers."""

from __future__ import annotations

import abc
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djelme_testing.cluster import Cluster
    from djelme_testing.progress import Progress

__all__ = ("ClusterOptions", "Provider")


@dataclass(frozen=True)
class ClusterOptions:
    """How a cluster of our own is to be.

    Attributes:
        nodes: how many nodes it has.
        heap_mb: the heap of each node, in mebibytes; by default 512 for one node, and for
            several 384, with which three need less than 4 GB.
        settings: additional lines of ``elasticsearch.yml``.
        security: whether to demand a user and speak TLS.
        optimized: whether its Java compiles for a long life, as measurements want it. Without,
            a server starts sooner and a run of tests takes a third less of the processors.
        start_seconds: how long it may take to become healthy.
    """

    nodes: int = 1
    heap_mb: int | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    security: bool = False
    optimized: bool = False
    start_seconds: float = 180.0

    @property
    def heap(self) -> int:
        """The heap of each node that this comes to, in mebibytes."""
        if self.heap_mb is not None:
            return self.heap_mb
        return 512 if self.nodes == 1 else 384

    @property
    def java_options(self) -> tuple[str, ...]:
        """The options of each node's Java that this comes to."""
        heap = (f"-Xms{self.heap}m", f"-Xmx{self.heap}m")
        return heap if self.optimized else (*heap, "-XX:TieredStopAtLevel=1")


class Provider(abc.ABC):
    """One way to get clusters.

    Attributes:
        name: as in ``DJELME_CLUSTERS``.
    """

    name: ClassVar[str]

    def __init__(self, environ: Mapping[str, str], progress: Progress) -> None:
        self.environ = environ
        self.progress = progress

    @abc.abstractmethod
    def start(self, version: str, options: ClusterOptions) -> Cluster:
        """Return a healthy cluster.

        Args:
            version: its three numbers.
            options: how it is to be.

        Raises:
            ClusterUnavailableError: if there is none to be had.
        """
