"""Record types on Elasticsearch 9.

The DSL's own names for fields, analyzers and queries are in `elasticsearch9.dsl`.
"""

from djelme.timeparts import serialize_timeparts
from elasticsearch_metrics.imps.elastic9.backend import Elastic9Backend
from elasticsearch_metrics.imps.elastic9.client import InnerDoc, M, MetaField, mapped_field
from elasticsearch_metrics.imps.elastic9.record import (
    CountedUsageRecord,
    CyclicReport,
    Elastic9Record,
    EventRecord,
    SimpleRecord,
    TimeseriesRecord,
)
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.util.anon_enough import opaque_key

djelme_backend = Elastic9Backend.make
djelme_option_names = Elastic9Backend.djelme_option_names

__all__ = (
    "CountedUsageRecord",
    "CyclicReport",
    "Elastic9Backend",
    "Elastic9Record",
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
