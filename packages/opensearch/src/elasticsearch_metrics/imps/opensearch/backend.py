"""A cluster of OpenSearch."""

from __future__ import annotations

from elasticsearch_metrics.backend.classic_client import ClassicBackend
from elasticsearch_metrics.backend.composable_template import ComposableTemplates
from elasticsearch_metrics.backend.features import Features
from elasticsearch_metrics.imps.opensearch.client import library

__all__ = ("OpenSearchBackend",)


class OpenSearchBackend(ClassicBackend, ComposableTemplates):
    """A cluster of OpenSearch, asked by its own client."""

    library = library
    client_name = "OpenSearch"
    root_error = library.exceptions.OpenSearchException
    features = Features(
        versions=("2", "3"),
        product="OpenSearch",
        sniffing_option="sniff_on_connection_fail",
    )
