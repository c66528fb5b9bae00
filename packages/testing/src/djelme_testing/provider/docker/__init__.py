"""Clusters in containers."""

from djelme_testing.provider.docker.provider import DockerProvider, why_no_docker

__all__ = ("DockerProvider", "why_no_docker")
