"""Clusters in Docker containers, by testcontainers."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from djelme_testing.cluster import ClusterUnavailableError
from djelme_testing.provider.interface import Provider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djelme_testing.cluster import Cluster
    from djelme_testing.provider.interface import ClusterOptions

__all__ = ("DockerProvider", "image_name", "why_no_docker")


def image_name(version: str, environ: Mapping[str, str]) -> str:
    """Return the name of the image of a version."""
    return environ.get("DJELME_DOCKER_IMAGE", "").format(version=version) or (
        f"elasticsearch:{version}"
    )


def why_no_docker(version: str, environ: Mapping[str, str]) -> str | None:
    """Say why Docker can't run a version here, or None if it can."""
    sockets = [Path("/var/run/docker.sock"), Path.home() / ".docker" / "run" / "docker.sock"]
    if runtime := environ.get("XDG_RUNTIME_DIR"):
        sockets.append(Path(runtime) / "docker.sock")
    if not environ.get("DOCKER_HOST") and not any(path.exists() for path in sockets):
        return "no Docker daemon was found"
    if importlib.util.find_spec("testcontainers") is None:
        return "the extra djelme-testing[docker] is not installed"
    return "not yet"


class DockerProvider(Provider):
    """Run the image ``elasticsearch:<version>``."""

    name = "docker"

    def start(self, version: str, options: ClusterOptions) -> Cluster:
        """Start a container."""
        raise ClusterUnavailableError("not yet")
