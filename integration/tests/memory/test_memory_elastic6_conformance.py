"""The conformance suite on the in-memory Elasticsearch 6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme_testing.conformance import Capability, ConformanceSuite
from djelme_testing.memory import MemoryServer, client_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest


class TestMemory6(ConformanceSuite):
    """Everything but what its legacy templates and its client don't know."""

    imp = "elasticsearch_metrics.imps.elastic6"
    capabilities = frozenset(Capability) - {
        Capability.ASYNC_SEARCH,
        Capability.SEPARATE_TEMPLATES,
    }

    @classmethod
    def backend_options(cls, request: pytest.FixtureRequest) -> Mapping[str, Any]:
        return client_options(MemoryServer(6))
