"""A cluster of Elasticsearch 6."""

from __future__ import annotations

from elasticsearch_metrics.backend.classic_client import ClassicBackend
from elasticsearch_metrics.backend.features import Features
from elasticsearch_metrics.backend.legacy_template import LegacyTemplates
from elasticsearch_metrics.imps.elastic6.client import library
from elasticsearch_metrics.imps.elastic6.record_fault import RECORD_FAULTS

__all__ = ("Elastic6Backend",)


class Elastic6Backend(ClassicBackend, LegacyTemplates):
    """A cluster of Elasticsearch 6, asked by the client of the same version."""

    library = library
    root_error = library.exceptions.ElasticsearchException
    features = Features(
        versions=("6", "7"),
        document_type="doc",
        calendar_interval="interval",
        counts_partly=False,
        groups_once=False,
        sniffing_option="sniff_on_connection_fail",
        record_faults=RECORD_FAULTS,
    )
