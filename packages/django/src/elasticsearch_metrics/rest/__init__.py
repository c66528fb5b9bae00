"""A cluster of Elasticsearch, asked by HTTP."""

from elasticsearch_metrics.rest.answer import reason_of
from elasticsearch_metrics.rest.backend import RestBackend
from elasticsearch_metrics.rest.completeness import incompleteness

__all__ = ("RestBackend", "incompleteness", "reason_of")
