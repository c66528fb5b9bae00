from __future__ import annotations

import pytest

from djelme.errors import BackendVersionError
from elasticsearch_metrics.backend.features import Features
from elasticsearch_metrics.backend.server_version import require_supported, version_of


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
