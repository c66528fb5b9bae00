"""Real Elasticsearch clusters for development and tests."""

from __future__ import annotations

from djelme_testing.choice import start_cluster
from djelme_testing.cluster import (
    Cluster,
    ClusterError,
    ClusterOperationError,
    ClusterUnavailableError,
)
from djelme_testing.progress import Progress, SilentProgress, StreamProgress
from djelme_testing.provider.interface import ClusterOptions

__all__ = (
    "Cluster",
    "ClusterError",
    "ClusterOperationError",
    "ClusterOptions",
    "ClusterUnavailableError",
    "Progress",
    "SilentProgress",
    "StreamProgress",
    "start_cluster",
)
