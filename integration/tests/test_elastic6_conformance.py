"""The conformance suite on Elasticsearch 6."""

from __future__ import annotations

from djelme_testing.conformance import Capability, ConformanceSuite


class TestElastic6(ConformanceSuite):
    """Everything but what its legacy templates and its client don't know."""

    imp = "elasticsearch_metrics.imps.elastic6"
    capabilities = frozenset(Capability) - {
        Capability.ASYNC_SEARCH,
        Capability.SEPARATE_TEMPLATES,
    }
