"""The conformance suite on Elasticsearch 9."""

from __future__ import annotations

from djelme_testing.conformance import ConformanceSuite


class TestElastic9(ConformanceSuite):
    """Everything that an imp can be asked for."""

    imp = "elasticsearch_metrics.imps.elastic9"
