"""A cluster of Elasticsearch, asked by HTTP."""

from elasticsearch_metrics.rest.answer import reason_of
from elasticsearch_metrics.rest.backend import RestBackend
from elasticsearch_metrics.rest.completeness import incompleteness
from elasticsearch_metrics.rest.override import ComposableOverrides, LegacyOverrides

__all__ = (
    "ComposableOverrides",
    "LegacyOverrides",
    "RestBackend",
    "incompleteness",
    "reason_of",
)
