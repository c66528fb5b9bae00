"""The conformance suite on the in-memory Elasticsearch 6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme_testing.conformance import Capability, ConformanceSuite
from djelme_testing.memory import MemoryServer, client_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest


class TestMemory6(ConformanceSuite):
    """Everything but what legacy templates, the client and the memory don't know."""

    imp = "elasticsearch_metrics.imps.elastic6"
    capabilities = frozenset(Capability) - {
        Capability.ALIASES,
        Capability.ASYNC_SEARCH,
        Capability.QUERY_ENGINE,
        Capability.SEPARATE_TEMPLATES,
    }

    @classmethod
    def backend_options(cls, request: pytest.FixtureRequest) -> Mapping[str, Any]:
        return client_options(MemoryServer(6))
