"""Record types whose documents are those of the DSL for Elasticsearch 8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elasticsearch8 import dsl
from typing_extensions import Self, dataclass_transform

from elasticsearch_metrics.counter.usage import CountedUsage
from elasticsearch_metrics.recordtype.cyclic import CycleRecord
from elasticsearch_metrics.recordtype.document import DslRecord
from elasticsearch_metrics.recordtype.metaclass import RecordTypeMeta
from elasticsearch_metrics.recordtype.single_index import SingleIndexRecord
from elasticsearch_metrics.recordtype.timeseries import (
    ChosenTimeRecord,
    MomentRecord,
    TimestampedRecord,
)

# Type checkers see of the DSL's document what `DslRecord` declares: the rest isn't for records.
if TYPE_CHECKING:
    _Document = object
    _DocumentMeta = type
else:
    _Document = dsl.Document
    _DocumentMeta = type(dsl.Document)


class Elastic8RecordMeta(RecordTypeMeta, _DocumentMeta):
    """Metaclass of record types."""

    imp_name, dsl_module = "elasticsearch_metrics.imps.elastic8", dsl


@dataclass_transform(kw_only_default=True, field_specifiers=(dsl.mapped_field,))
class Elastic8Record(DslRecord, _Document, metaclass=Elastic8RecordMeta):
    """What all record types on Elasticsearch 8 have in common."""

    if TYPE_CHECKING:  # with the DSL's own types of searches

        @classmethod
        def search(  # noqa: D102
            cls, using: str | None = None, index: str | None = None
        ) -> dsl.Search[Self]: ...
        @classmethod
        def asearch(  # noqa: D102
            cls, using: str | None = None, index: str | None = None
        ) -> dsl.AsyncSearch[Self]: ...


class Elastic8TimeRecord(TimestampedRecord, Elastic8Record):
    """What all record types with a time have in common."""

    if TYPE_CHECKING:

        @classmethod
        def search_timeseries_range(  # noqa: D102
            cls, from_when: object, until_when: object, using: str | None = None
        ) -> dsl.Search[Self]: ...
        @classmethod
        def asearch_timeseries_range(  # noqa: D102
            cls, from_when: object, until_when: object, using: str | None = None
        ) -> dsl.AsyncSearch[Self]: ...


class EventRecord(MomentRecord, Elastic8TimeRecord):
    """Something that happened at a moment; see `MomentRecord`."""


class CountedUsageRecord(CountedUsage, EventRecord):
    """Usage of an item, a database or a platform, as COUNTER counts it; see `CountedUsage`."""


class TimeseriesRecord(ChosenTimeRecord, Elastic8TimeRecord):
    """Something at a time of your own choice; see `ChosenTimeRecord`."""


class CyclicReport(CycleRecord, Elastic8TimeRecord):
    """What was counted in one cycle, such as a month; see `CycleRecord`."""


class SimpleRecord(SingleIndexRecord, Elastic8Record):
    """Something without a time, in one index for all."""
