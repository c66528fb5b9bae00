"""Which provider a cluster comes from."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from djelme_testing.cluster import ClusterUnavailableError
from djelme_testing.progress import SilentProgress
from djelme_testing.provider.interface import ClusterOptions
from djelme_testing.version import full_version, major_of, server_name, url_variable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from djelme_testing.cluster import Cluster
    from djelme_testing.progress import Progress
    from djelme_testing.provider.interface import Provider

__all__ = ("PROVIDER_NAMES", "choose_provider", "make_provider", "start_cluster")

PROVIDER_NAMES = ("embedded", "docker", "url")
"""The providers, as in ``DJELME_CLUSTERS``."""

_VARIABLE = "DJELME_CLUSTERS"


def choose_provider(
    version: str,
    environ: Mapping[str, str],
    why_no_docker: Callable[[str], str | None],
    *,
    ours: bool = False,
) -> tuple[str, str]:
    """Choose where a cluster comes from.

    ``DJELME_CLUSTERS`` decides. Without it: a given URL, else Docker if it can run the version,
    else embedded.

    Args:
        version: its three numbers.
        environ: the environment variables.
        why_no_docker: says why Docker can't run a version, or None if it can; asked only
            where it matters.
        ours: whether only a cluster that we start ourselves will do.

    Returns:
        The provider's name, and why it is that one if that may surprise, else ``""``.

    Raises:
        ClusterUnavailableError: if ``DJELME_CLUSTERS`` is none of the providers.
    """
    asked = environ.get(_VARIABLE, "").strip()
    if asked:
        if asked not in PROVIDER_NAMES:
            msg = f"{_VARIABLE}={asked} is not a provider of clusters"
            raise ClusterUnavailableError(
                msg,
                hint=f"set it to one of {', '.join(PROVIDER_NAMES)}, or unset it",
            )
        return asked, ""
    if environ.get(url_variable(major_of(version)), "").strip() and not ours:
        return "url", ""
    reason = why_no_docker(version)
    if reason is None:
        return "docker", ""
    return "embedded", f"{server_name(version)} comes embedded, without Docker: {reason}"


def make_provider(name: str, environ: Mapping[str, str], progress: Progress) -> Provider:
    """Return a provider by its name, importing no other."""
    if name == "url":
        from djelme_testing.provider.url import UrlProvider

        return UrlProvider(environ, progress)
    if name == "docker":
        from djelme_testing.provider.docker import DockerProvider

        return DockerProvider(environ, progress)
    if os.name != "posix":
        msg = "an embedded Elasticsearch needs Linux or macOS"
        raise ClusterUnavailableError(
            msg,
            hint="use Docker, or name a running cluster in ELASTICSEARCH8_URL",
        )
    from djelme_testing.provider.embedded import EmbeddedProvider

    return EmbeddedProvider(environ, progress)


def start_cluster(
    version: str = "8",
    *,
    nodes: int | None = None,
    provider: str | None = None,
    options: ClusterOptions | None = None,
    environ: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Cluster:
    """Return a healthy cluster; use it as a context manager, or stop it yourself.

    Args:
        version: three numbers, or a major number for its default version.
        nodes: how many nodes it has, if not as the options say.
        provider: its name, or None to choose by ``DJELME_CLUSTERS``.
        options: how it is to be.
        environ: the environment variables, by default those of this process.
        progress: where to tell what goes on, by default nowhere.

    Raises:
        ClusterUnavailableError: if there is none to be had.
    """
    environ = os.environ if environ is None else environ
    progress = SilentProgress() if progress is None else progress
    options = ClusterOptions() if options is None else options
    if nodes is not None:
        options = replace(options, nodes=nodes)
    if options.nodes < 1:
        msg = f"a cluster has one node or more, not {options.nodes}"
        raise ClusterUnavailableError(msg)
    version = full_version(version)
    if provider is None:
        from djelme_testing.provider.docker import why_no_docker

        ours = bool(options.settings or options.security or options.nodes > 1)

        def reason_against_docker(wanted: str) -> str | None:
            if options.nodes > 1:
                return "several nodes of one cluster are run embedded only"
            return why_no_docker(wanted, environ)

        provider, reason = choose_provider(version, environ, reason_against_docker, ours=ours)
        if reason:
            progress.line(reason)
    return make_provider(provider, environ, progress).start(version, options)
