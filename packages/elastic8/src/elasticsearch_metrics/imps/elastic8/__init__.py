"""Record types on Elasticsearch 8.

The DSL's own names for fields, analyzers and queries are in `elasticsearch8.dsl`.
"""

from elasticsearch8.dsl import InnerDoc, M, MetaField, mapped_field

from elasticsearch_metrics.imps.elastic8.backend import (
    Elastic8Backend,
    djelme_backend,
    djelme_option_names,
)
from elasticsearch_metrics.imps.elastic8.record import EventRecord

__all__ = (
    "Elastic8Backend",
    "EventRecord",
    "InnerDoc",
    "M",
    "MetaField",
    "djelme_backend",
    "djelme_option_names",
    "mapped_field",
)
