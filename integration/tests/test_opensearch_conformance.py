"""The conformance suite on OpenSearch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from djelme_testing import start_cluster
from djelme_testing.conformance import Capability, ConformanceSuite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from djelme_testing import Cluster

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def opensearch_cluster() -> Iterator[Cluster]:
    with start_cluster("2") as cluster:
        yield cluster


class TestOpenSearch(ConformanceSuite):
    """Everything but asynchronous searches, which its client has with aiohttp only."""

    imp = "elasticsearch_metrics.imps.opensearch"
    capabilities = frozenset(Capability) - {Capability.ASYNC_SEARCH}

    @classmethod
    def backend_options(cls, request: pytest.FixtureRequest) -> Mapping[str, Any]:
        """Return what leads to a server of the tests' own."""
        options: Mapping[str, Any] = request.getfixturevalue("opensearch_cluster").client_options
        return options
