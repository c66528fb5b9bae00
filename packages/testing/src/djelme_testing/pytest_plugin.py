"""Fixtures for tests against real clusters, or against none, loaded by pytest itself.

Nothing is started, and neither Django nor djelme is imported, before a test asks for it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from djelme_testing.cluster import Cluster
    from djelme_testing.memory import Outbox

__all__ = (
    "djelme_backends",
    "djelme_cluster_of",
    "djelme_index_prefix",
    "djelme_outbox",
    "djelme_set_up_backends",
    "elasticsearch6_cluster",
    "elasticsearch8_cluster",
    "elasticsearch9_cluster",
)

_STARTED = pytest.StashKey[dict[int, "Cluster"]]()
_MAJORS = (9, 8, 6)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for clusters."""
    group = parser.getgroup("djelme", "Elasticsearch clusters (djelme-testing)")
    group.addoption(
        "--djelme-clusters",
        choices=("embedded", "docker", "url"),
        help="where clusters come from (default: what DJELME_CLUSTERS says)",
    )
    for major in _MAJORS:
        text = f"version of the fixture elasticsearch{major}_cluster"
        group.addoption(f"--elasticsearch{major}-version", metavar="VERSION", help=text)
        parser.addini(f"elasticsearch{major}_version", text)


def pytest_configure(config: pytest.Config) -> None:
    """Make room for the clusters that are started."""
    config.stash[_STARTED] = {}


def wanted_version(config: pytest.Config, major: int, environ: Mapping[str, str]) -> str:
    """Return the version of a major number's cluster.

    By the option, else ``DJELME_ELASTICSEARCH8_VERSION``, else the ini file, else the default.
    """
    return str(
        config.getoption(f"elasticsearch{major}_version")
        or environ.get(f"DJELME_ELASTICSEARCH{major}_VERSION")
        or config.getini(f"elasticsearch{major}_version")
        or major
    )


def _cluster(config: pytest.Config, major: int) -> Iterator[Cluster]:
    from djelme_testing.choice import start_cluster
    from djelme_testing.cluster import ClusterUnavailableError
    from djelme_testing.progress import StreamProgress

    terminal: Any = config.pluginmanager.getplugin("terminalreporter")
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    try:
        # A first run downloads: the person at the terminal should see why they wait.
        with capture.global_and_fixture_disabled():
            if terminal is not None:
                terminal.ensure_newline()
            cluster = start_cluster(
                wanted_version(config, major, os.environ),
                provider=config.getoption("djelme_clusters"),
                progress=StreamProgress(),
            )
    except ClusterUnavailableError as error:
        pytest.fail(str(error), pytrace=False)
    started = config.stash[_STARTED]
    with cluster:
        started[major] = cluster
        yield cluster
        del started[major]


@pytest.fixture(scope="session")
def elasticsearch9_cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """A healthy Elasticsearch 9 that all tests share, started when the first one asks for it."""
    yield from _cluster(pytestconfig, 9)


@pytest.fixture(scope="session")
def elasticsearch8_cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """A healthy Elasticsearch 8 that all tests share, started when the first one asks for it."""
    yield from _cluster(pytestconfig, 8)


@pytest.fixture(scope="session")
def elasticsearch6_cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """A healthy Elasticsearch 6 that all tests share, started when the first one asks for it."""
    yield from _cluster(pytestconfig, 6)


@pytest.fixture
def djelme_cluster_of() -> Iterator[Callable[..., Cluster]]:
    """A function that starts a cluster of the test's own; it is gone after the test.

    It takes what ``start_cluster`` takes: ``djelme_cluster_of("8", nodes=3)``.
    """
    from contextlib import ExitStack

    from djelme_testing.choice import start_cluster

    with ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(
            start_cluster(*arguments, **options)
        )


@pytest.fixture
def djelme_index_prefix(pytestconfig: pytest.Config) -> Iterator[str]:
    """A fresh beginning for names of indexes and templates; what has it is deleted afterwards."""
    from djelme_testing.cleaning import delete_with_prefix, random_prefix

    prefix = random_prefix()
    yield prefix
    for cluster in pytestconfig.stash[_STARTED].values():
        delete_with_prefix(cluster, prefix)


@pytest.fixture
def djelme_backends(
    request: pytest.FixtureRequest, djelme_index_prefix: str
) -> Iterator[dict[str, dict[str, dict[str, Any]]]]:
    """``DJELME_BACKENDS``, leading to the shared clusters, under names that no other test has.

    The backends are those of the site's settings, with the clusters' addresses in place of theirs;
    without any, one for each imp that is installed. No template is made.
    """
    from django.conf import settings
    from django.test import override_settings

    from djelme_testing.backend_settings import default_backends, imp_major, redirected
    from elasticsearch_metrics.registry import djelme_registry

    configured = getattr(settings, "DJELME_BACKENDS", None) or default_backends()
    clusters: dict[int, Cluster] = {
        major: request.getfixturevalue(f"elasticsearch{major}_cluster")
        for major in _MAJORS
        if any(imp_major(imp) == major for entry in configured.values() for imp in entry)
    }
    backends = redirected(configured, clusters)
    with override_settings(DJELME_BACKENDS=backends):
        djelme_registry.all_backends.reset()
        try:
            with djelme_registry.isolated_names(djelme_index_prefix):
                yield backends
        finally:
            djelme_registry.all_backends.reset()


@pytest.fixture
def djelme_set_up_backends(
    djelme_backends: dict[str, dict[str, dict[str, Any]]],
) -> dict[str, dict[str, dict[str, Any]]]:
    """``djelme_backends`` with the templates of all declared record types made."""
    from elasticsearch_metrics.registry import djelme_registry

    for recordtypes in djelme_registry.recordtypes_by_backend().values():
        for recordtype in recordtypes:
            recordtype.sync_index_template()
    return djelme_backends


@pytest.fixture
def djelme_outbox() -> Iterator[Outbox]:
    """What the test has recorded; all backends are led to memory, and nothing needs a server.

    The templates of all declared record types are made, and delivery is direct.
    """
    from djelme_testing.memory import open_outbox

    with open_outbox() as outbox:
        yield outbox
