"""A cluster of Elasticsearch, asked by HTTP."""

from elasticsearch_metrics.rest.answer import incompleteness, reason_of
from elasticsearch_metrics.rest.backend import RestBackend

__all__ = ("RestBackend", "incompleteness", "reason_of")
