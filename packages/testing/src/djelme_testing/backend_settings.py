"""Lead the backends of a site's settings to the clusters of its tests."""

from __future__ import annotations

import importlib.util
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djelme_testing.cluster import Cluster

__all__ = ("default_backends", "imp_major", "redirected")

_PUBLISHED_IMPS = (
    "elasticsearch_metrics.imps.elastic9",
    "elasticsearch_metrics.imps.elastic8",
    "elasticsearch_metrics.imps.elastic6",
)
_PLACE_OPTIONS = frozenset(
    {
        "hosts",
        "cloud_id",
        "http_auth",
        "basic_auth",
        "api_key",
        "bearer_auth",
        "opaque_id",
        "ca_certs",
        "client_cert",
        "client_key",
        "ssl_assert_fingerprint",
        "ssl_assert_hostname",
        "ssl_context",
        "use_ssl",
        "verify_certs",
    }
)
"""Options of the clients that say where a cluster is and how to be let in."""


def imp_major(imp: str) -> int | None:
    """Return the major version that an imp's module path ends with, None if it has none.

    >>> imp_major("elasticsearch_metrics.imps.elastic8")
    8
    """
    found = re.search(r"elastic(?:search)?([0-9]+)$", imp)
    return None if found is None else int(found[1])


def default_backends(candidates: Iterable[str] = _PUBLISHED_IMPS) -> dict[str, Any]:
    """Return a backend, named as the imp is, for each of the imps that is installed."""
    return {
        imp.rpartition(".")[2]: {imp: {}}
        for imp in candidates
        if importlib.util.find_spec(imp) is not None
    }


def redirected(
    backends: Mapping[str, Mapping[str, Mapping[str, Any]]], clusters: Mapping[int, Cluster]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the same backends on other clusters.

    Args:
        backends: as in ``DJELME_BACKENDS``.
        clusters: by major version; backends of others stay as they are.
    """
    return {
        name: {imp: _redirect(imp, options, clusters) for imp, options in entry.items()}
        for name, entry in backends.items()
    }


def _redirect(
    imp: str, options: Mapping[str, Any], clusters: Mapping[int, Cluster]
) -> dict[str, Any]:
    cluster = clusters.get(imp_major(imp) or 0)
    if cluster is None:
        return dict(options)
    kept = {name: value for name, value in options.items() if name not in _PLACE_OPTIONS}
    return kept | cluster.client_options
