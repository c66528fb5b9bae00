"""Whether a server is of a version that its imp is for."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendVersionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch_metrics.backend.features import Features

__all__ = ("MAY_NOT_ASK", "VERSION_PATH", "product_of", "require_supported", "version_of")

#: Every distribution answers it, also those that lack ``GET /``.
VERSION_PATH = "/_nodes/_local/http"

#: How servers, and proxies before them, answer who may not ask that.
MAY_NOT_ASK = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})


def version_of(answer: Mapping[str, Any]) -> str:
    """Return the version of a server from its answer to `VERSION_PATH`, such as ``8.19.3``."""
    (node,) = answer["nodes"].values()
    version: str = node["version"]
    return version


def product_of(answer: Mapping[str, Any]) -> str:
    """Return what a server is, from its answer to `VERSION_PATH`.

    OpenSearch doesn't name itself there, but dropped the flavor of the build, which Elasticsearch
    has had since 6.3, together with the build's type.
    """
    (node,) = answer["nodes"].values()
    is_opensearch = "build_type" in node and "build_flavor" not in node
    return "OpenSearch" if is_opensearch else "Elasticsearch"


def require_supported(
    backend_name: str, features: Features, version: str, *, product: str = "Elasticsearch"
) -> None:
    """Check that an imp is for a server's version.

    The number decides, since none is both products' so far; the product is only named, because a
    service may serve Elasticsearch and leave out by what it can be recognised.

    Args:
        backend_name: key in ``DJELME_BACKENDS``.
        features: those of the imp.
        version: the server's.
        product: what the server is.

    Raises:
        djelme.errors.BackendVersionError: if it isn't.
    """
    first, after = features.versions
    if not _numbers(first) <= _numbers(version) < _numbers(after):
        raise BackendVersionError(
            backend=backend_name,
            product=features.product,
            versions=features.versions,
            found=version,
            found_product=product,
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
