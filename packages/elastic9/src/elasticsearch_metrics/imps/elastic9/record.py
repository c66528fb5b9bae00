"""Record types whose documents are those of the DSL for Elasticsearch 9."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import Self, dataclass_transform

from elasticsearch_metrics.counter.usage import CountedUsage
from elasticsearch_metrics.imps.elastic9.client import dsl
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


class Elastic9RecordMeta(RecordTypeMeta, _DocumentMeta):
    """Metaclass of record types."""

    imp_name, dsl_module = "elasticsearch_metrics.imps.elastic9", dsl


@dataclass_transform(kw_only_default=True, field_specifiers=(dsl.mapped_field,))
class Elastic9Record(DslRecord, _Document, metaclass=Elastic9RecordMeta):
    """What all record types on Elasticsearch 9 have in common."""

    if TYPE_CHECKING:  # with the DSL's own types of searches

        @classmethod
        def search(  # noqa: D102
            cls, using: str | None = None, index: str | None = None
        ) -> dsl.Search[Self]: ...
        @classmethod
        def asearch(  # noqa: D102
            cls, using: str | None = None, index: str | None = None
        ) -> dsl.AsyncSearch[Self]: ...


class Elastic9TimeRecord(TimestampedRecord, Elastic9Record):
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


class EventRecord(MomentRecord, Elastic9TimeRecord):
    """Something that happened at a moment; see `MomentRecord`."""


class CountedUsageRecord(CountedUsage, EventRecord):
    """Usage of an item, a database or a platform, as COUNTER counts it; see `CountedUsage`."""


class TimeseriesRecord(ChosenTimeRecord, Elastic9TimeRecord):
    """Something at a time of your own choice; see `ChosenTimeRecord`."""


class CyclicReport(CycleRecord, Elastic9TimeRecord):
    """What was counted in one cycle, such as a month; see `CycleRecord`."""


class SimpleRecord(SingleIndexRecord, Elastic9Record):
    """Something without a time, in one index for all."""
