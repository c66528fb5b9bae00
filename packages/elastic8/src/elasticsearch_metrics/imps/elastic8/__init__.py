"""Record types on Elasticsearch 8.

The DSL's own names for fields, analyzers and queries are in `elasticsearch8.dsl`.
"""

from elasticsearch8.dsl import InnerDoc, M, MetaField, mapped_field

from djelme.timeparts import serialize_timeparts
from elasticsearch_metrics.imps.elastic8.backend import Elastic8Backend
from elasticsearch_metrics.imps.elastic8.record import (
    CountedUsageRecord,
    CyclicReport,
    Elastic8Record,
    EventRecord,
    SimpleRecord,
    TimeseriesRecord,
)
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.util.anon_enough import opaque_key

djelme_backend = Elastic8Backend.make
djelme_option_names = Elastic8Backend.djelme_option_names

__all__ = (
    "CountedUsageRecord",
    "CyclicReport",
    "Elastic8Backend",
    "Elastic8Record",
    "EventRecord",
    "InnerDoc",
    "M",
    "MetaField",
    "SimpleRecord",
    "TimeseriesRecord",
    "djelme_backend",
    "djelme_option_names",
    "mapped_field",
    "opaque_key",
    "serialize_timeparts",
    "utcnow",
)
