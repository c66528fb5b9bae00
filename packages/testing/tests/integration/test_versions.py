from __future__ import annotations

import pytest

from djelme_testing.choice import start_cluster
from djelme_testing.request import cluster_health, node_version


@pytest.mark.slow
@pytest.mark.parametrize("version", ["6.8.23", "7.17.29", "8.0.0", "8.15.5"])
def test_old_and_new_versions_start(version: str) -> None:
    with start_cluster(version, provider="embedded") as cluster:
        assert node_version(cluster.url) == version
        assert cluster_health(cluster.url) == "green"
