"""Clusters in Docker containers, by testcontainers (the extra ``docker``)."""

from __future__ import annotations

import importlib.util
import os.path
import secrets
import time
from typing import TYPE_CHECKING, Any

from djelme_testing.cluster import ClusterUnavailableError
from djelme_testing.provider.interface import Provider
from djelme_testing.version import major_of, product_of, server_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from djelme_testing.provider.docker.cluster import DockerCluster
    from djelme_testing.provider.interface import ClusterOptions

__all__ = ("DockerProvider", "container_environment", "image_name", "why_no_docker")

_IMAGE_VARIABLE = "DJELME_DOCKER_IMAGE"
_DAEMON_SECONDS = 10
_LAST_WITHOUT_DEFAULT_SECURITY = 7


def image_name(version: str, environ: Mapping[str, str]) -> str:
    """Return the name of the image of a version.

    ``DJELME_DOCKER_IMAGE`` names another, with ``{version}`` in it where it depends on that.

    >>> image_name("8.19.3", {})
    'elasticsearch:8.19.3'
    >>> image_name("8.19.3", {"DJELME_DOCKER_IMAGE": "djelme-elasticsearch:{version}"})
    'djelme-elasticsearch:8.19.3'
    """
    given = environ.get(_IMAGE_VARIABLE, "").strip() or "elasticsearch:{version}"
    return given.replace("{version}", version)


def container_environment(version: str, options: ClusterOptions) -> dict[str, str]:
    """Return the environment variables of a container; those with a dot are settings."""
    settings: dict[str, object] = {
        "cluster.name": "djelme",
        "discovery.type": "single-node",
        "cluster.routing.allocation.disk.threshold_enabled": False,
    }
    if major_of(version) > _LAST_WITHOUT_DEFAULT_SECURITY:
        settings["xpack.security.enabled"] = False
    settings |= dict(options.settings)
    return {"ES_JAVA_OPTS": " ".join(options.java_options)} | {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in settings.items()
        if value is not None
    }


def why_no_docker(
    version: str,
    environ: Mapping[str, str],
    ask_daemon: Callable[[str], str | None] | None = None,
) -> str | None:
    """Say why Docker can't run a version here, or None if it can.

    Args:
        version: its three numbers.
        environ: the environment variables.
        ask_daemon: says why the daemon can't run an image, or None; for tests.
    """
    program = product_of(major_of(version)).program
    if not image_name(version, environ).startswith(program) and not environ.get(_IMAGE_VARIABLE):
        return f"no image for it is named in {_IMAGE_VARIABLE}"
    sockets = ["/var/run/docker.sock", os.path.expanduser("~/.docker/run/docker.sock")]  # noqa: PTH111 - to compare by os.path
    if runtime := environ.get("XDG_RUNTIME_DIR"):
        sockets.append(f"{runtime}/docker.sock")
    # Unlike Path.exists(), this one takes a folder that we can't enter for "no".
    if not environ.get("DOCKER_HOST") and not any(map(os.path.exists, sockets)):
        return "no Docker daemon was found"
    if ask_daemon is None:
        if importlib.util.find_spec("testcontainers") is None:
            return "a daemon may be there, but the extra djelme-testing[docker] is not installed"
        ask_daemon = _ask_daemon
    return ask_daemon(image_name(version, environ))


def _ask_daemon(image: str) -> str | None:
    """Say why the daemon can't run an image, or None if it has it or can pull it."""
    from docker.errors import DockerException, ImageNotFound
    from requests.exceptions import RequestException

    import docker

    try:
        client = docker.from_env(timeout=_DAEMON_SECONDS)
    except (DockerException, RequestException) as error:
        return f"no Docker daemon answers ({_in_a_line(error)})"
    try:
        client.ping()
    except (DockerException, RequestException) as error:
        client.close()
        return f"the Docker daemon doesn't answer ({_in_a_line(error)})"
    try:
        client.images.get(image)
    except ImageNotFound:
        try:
            client.images.get_registry_data(image)
        except (DockerException, RequestException) as error:
            return f"the image {image} is not there and can't be pulled ({_in_a_line(error)})"
    finally:
        client.close()
    return None


def _in_a_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


class DockerProvider(Provider):
    """Run the image ``elasticsearch:<version>`` with a limit on its memory."""

    name = "docker"

    def start(self, version: str, options: ClusterOptions) -> DockerCluster:
        """Start a container; see ``Provider.start``."""
        hint = (
            "start a Docker daemon, install djelme-testing[docker], name an image that is there in"
            f" {_IMAGE_VARIABLE}, or choose another provider by DJELME_CLUSTERS"
        )
        if reason := why_no_docker(version, self.environ):
            msg = f"{server_name(version)} can't be run by Docker: {reason}"
            raise ClusterUnavailableError(msg, hint=hint)
        if options.security:
            raise ClusterUnavailableError(
                "clusters with security come only from the embedded provider",
                hint="set DJELME_CLUSTERS=embedded",
            )
        if options.nodes > 1:
            raise ClusterUnavailableError(
                "clusters of several nodes come only from the embedded provider",
                hint="set DJELME_CLUSTERS=embedded",
            )
        from docker.errors import DockerException

        from djelme_testing.provider.docker.cluster import DockerCluster

        image = image_name(version, self.environ)
        begun = time.monotonic()
        self.progress.line(
            f"starting {server_name(version)} (Docker image {image}, {options.heap} MB of heap)"
        )
        try:
            self._pull(image)
            cluster = DockerCluster(
                version,
                image=image,
                name=f"djelme-{version}-{secrets.token_hex(4)}",
                environment=container_environment(version, options),
                start_seconds=options.start_seconds,
            )
            try:
                cluster.launch()
            except BaseException:
                cluster.stop()
                raise
        except DockerException as error:
            msg = f"Docker could not run {image}: {_in_a_line(error)}"
            raise ClusterUnavailableError(msg, hint=hint) from error
        self.progress.line(
            f"{server_name(version)} is at {cluster.url} after {time.monotonic() - begun:.1f} s"
        )
        return cluster

    def _pull(self, image: str) -> None:
        """Pull an image that isn't there, telling of each layer as it is complete."""
        from docker.errors import ImageNotFound

        import docker

        client: Any = docker.from_env()
        try:
            try:
                client.images.get(image)
            except ImageNotFound:
                self.progress.line(f"pulling {image}")
                for event in client.api.pull(image, stream=True, decode=True):
                    if event.get("status") == "Pull complete":
                        self.progress.line(f"pulling {image}: {event.get('id')} is complete")
        finally:
            client.close()
