"""Record types on OpenSearch.

The DSL's own names for fields, analyzers and queries are in `opensearchpy` and
`opensearchpy.helpers.field`.
"""

from opensearchpy import InnerDoc, MetaField

from djelme.timeparts import serialize_timeparts
from elasticsearch_metrics.declaration.field import M, mapped_field
from elasticsearch_metrics.imps.opensearch.backend import OpenSearchBackend
from elasticsearch_metrics.imps.opensearch.record import (
    CountedUsageRecord,
    CyclicReport,
    EventRecord,
    OpenSearchRecord,
    SimpleRecord,
    TimeseriesRecord,
)
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.util.anon_enough import opaque_key

djelme_backend = OpenSearchBackend.make
djelme_option_names = OpenSearchBackend.djelme_option_names

__all__ = (
    "CountedUsageRecord",
    "CyclicReport",
    "EventRecord",
    "InnerDoc",
    "M",
    "MetaField",
    "OpenSearchBackend",
    "OpenSearchRecord",
    "SimpleRecord",
    "TimeseriesRecord",
    "djelme_backend",
    "djelme_option_names",
    "mapped_field",
    "opaque_key",
    "serialize_timeparts",
    "utcnow",
)
