from __future__ import annotations

import pytest

from djelme.errors import BackendVersionError
from elasticsearch_metrics.backend.features import Features
from elasticsearch_metrics.backend.server_version import (
    product_of,
    require_supported,
    version_of,
)


def test_the_version_is_that_of_the_node_that_answers() -> None:
    assert version_of({"nodes": {"x1": {"version": "8.19.3"}}}) == "8.19.3"


@pytest.mark.parametrize("version", ["8.0.0", "8.19.3", "8.100.0-SNAPSHOT"])
def test_versions_within_the_bounds(version: str) -> None:
    require_supported("main", Features(("8", "9")), version)


@pytest.mark.parametrize("version", ["7.17.29", "9.0.0", "10.1.0"])
def test_other_versions_are_refused_with_both_named(version: str) -> None:
    with pytest.raises(BackendVersionError, match=version.replace(".", r"\.")) as error:
        require_supported("main", Features(("8", "9")), version)
    assert (error.value.backend, error.value.found) == ("main", version)
    assert error.value.versions == ("8", "9")


@pytest.mark.parametrize(
    ("build", "product"),
    [
        ({"build_type": "zip", "build_hash": "97d3c13"}, "OpenSearch"),
        ({"build_type": "zip", "build_flavor": "oss"}, "Elasticsearch"),
        ({"build_hash": "8bbedf5"}, "Elasticsearch"),  # before 6.3
    ],
)
def test_the_product_is_known_by_what_is_said_of_its_build(
    build: dict[str, str], product: str
) -> None:
    assert product_of({"nodes": {"x1": {"version": "2.19.6", **build}}}) == product


def test_another_product_is_named_beside_its_version() -> None:
    with pytest.raises(BackendVersionError) as error:
        require_supported("main", Features(("8", "9")), "2.19.6", product="OpenSearch")
    assert str(error.value) == (
        "backend 'main' can't be used: its imp is for Elasticsearch 8 or newer, before 9, and the "
        "server is OpenSearch of version 2.19.6. Name an imp for OpenSearch in DJELME_BACKENDS, or "
        "correct its hosts"
    )
    assert error.value.found_product == "OpenSearch"


def test_elasticsearch_is_named_to_an_imp_for_another_product() -> None:
    features = Features(("2", "4"), product="OpenSearch")
    with pytest.raises(BackendVersionError, match=r"OpenSearch 2 .* Elasticsearch of version 8"):
        require_supported("main", features, "8.19.3")
