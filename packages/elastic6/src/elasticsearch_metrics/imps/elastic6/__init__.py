"""Record types on Elasticsearch 6, on the way to 8.

Importing it gives a DeprecationWarning: Elasticsearch 6 has had no updates since 2022.
"""

import warnings

from elasticsearch_metrics.imps.elastic6.backend import Elastic6Backend

# The client has to come first: see `elasticsearch_metrics.imps.elastic6.client`.
# isort: split
from elasticsearch6_dsl import InnerDoc, MetaField
from elasticsearch6_dsl.field import (
    Binary,
    Boolean,
    Byte,
    Completion,
    CustomField,
    Date,
    DateRange,
    Double,
    DoubleRange,
    Field,
    Float,
    FloatRange,
    GeoPoint,
    GeoShape,
    HalfFloat,
    Integer,
    IntegerRange,
    Ip,
    IpRange,
    Join,
    Keyword,
    Long,
    LongRange,
    Murmur3,
    Nested,
    Object,
    Percolator,
    RangeField,
    ScaledFloat,
    Short,
    Text,
    TokenCount,
)

from djelme.timeparts import serialize_timeparts
from elasticsearch_metrics.declaration.field import M, mapped_field
from elasticsearch_metrics.imps.elastic6.record import (
    CountedUsageRecord,
    CyclicReport,
    Elastic6Record,
    EventRecord,
    Metric,
    SimpleRecord,
    TimeseriesRecord,
)
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.util.anon_enough import opaque_key

warnings.warn(
    "elasticsearch_metrics.imps.elastic6 is there for sites on their way to "
    'elasticsearch_metrics.imps.elastic8; the guide "migrate" (docs/how-to/migrate.md) leads there',
    DeprecationWarning,
    stacklevel=2,
)

djelme_backend = Elastic6Backend.make
djelme_option_names = Elastic6Backend.djelme_option_names

__all__ = (
    "Binary",
    "Boolean",
    "Byte",
    "Completion",
    "CountedUsageRecord",
    "CustomField",
    "CyclicReport",
    "Date",
    "DateRange",
    "Double",
    "DoubleRange",
    "Elastic6Backend",
    "Elastic6Record",
    "EventRecord",
    "Field",
    "Float",
    "FloatRange",
    "GeoPoint",
    "GeoShape",
    "HalfFloat",
    "InnerDoc",
    "Integer",
    "IntegerRange",
    "Ip",
    "IpRange",
    "Join",
    "Keyword",
    "Long",
    "LongRange",
    "M",
    "MetaField",
    "Metric",
    "Murmur3",
    "Nested",
    "Object",
    "Percolator",
    "RangeField",
    "ScaledFloat",
    "Short",
    "SimpleRecord",
    "Text",
    "TimeseriesRecord",
    "TokenCount",
    "djelme_backend",
    "djelme_option_names",
    "mapped_field",
    "opaque_key",
    "serialize_timeparts",
    "utcnow",
)
