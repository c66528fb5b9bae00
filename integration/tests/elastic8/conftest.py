"""A site on the shared Elasticsearch 8."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djelme_testing.conformance import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.cluster import Cluster

IMP = "elasticsearch_metrics.imps.elastic8"


@pytest.fixture
def site(elasticsearch8_cluster: Cluster) -> Iterator[Site]:
    """A site with one backend and no record types."""
    with Site.opened(IMP, elasticsearch8_cluster.client_options) as site:
        yield site
