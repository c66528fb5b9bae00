"""Record types on Elasticsearch 8.

The DSL's own names for fields, analyzers and queries are in `elasticsearch8.dsl`.
"""

from elasticsearch8 import dsl
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
from elasticsearch_metrics.util.published_name import published_names

djelme_backend = Elastic8Backend.make
djelme_option_names = Elastic8Backend.djelme_option_names
__getattr__ = published_names(
    __name__,
    {
        "BaseDjelmeRecord": (Elastic8Record, "Elastic8Record"),
        "DjelmeElastic8Backend": (Elastic8Backend, "Elastic8Backend"),
        "djelme_when_ready": (lambda **_: None, "nothing: backends connect by themselves"),
        "esdsl": (dsl, "elasticsearch8.dsl"),
    },
    gone={
        "opaque_sessionhour_id": "its hash has no salt, so whoever guesses an address can tell "
        "whose it is; let CountedUsageRecord make the id of a session-hour",
    },
)

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
