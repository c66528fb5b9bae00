"""The conformance suite on the in-memory Elasticsearch 9."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme_testing.conformance import Capability, ConformanceSuite
from djelme_testing.memory import MemoryServer, client_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest


class TestMemory9(ConformanceSuite):
    """All that the imp can be asked for but what takes a query engine."""

    imp = "elasticsearch_metrics.imps.elastic9"
    capabilities = frozenset(Capability) - {Capability.ALIASES, Capability.QUERY_ENGINE}

    @classmethod
    def backend_options(cls, request: pytest.FixtureRequest) -> Mapping[str, Any]:
        return client_options(MemoryServer(9))
