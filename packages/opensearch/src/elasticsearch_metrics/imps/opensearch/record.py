"""Record types whose documents are those of OpenSearch's DSL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import Self, dataclass_transform

from elasticsearch_metrics.counter.usage import CountedUsage
from elasticsearch_metrics.declaration.field import mapped_field
from elasticsearch_metrics.imps.opensearch.client import dsl
from elasticsearch_metrics.recordtype.cyclic import CycleRecord
from elasticsearch_metrics.recordtype.document import DslRecord
from elasticsearch_metrics.recordtype.metaclass import RecordTypeMeta
from elasticsearch_metrics.recordtype.single_index import SingleIndexRecord
from elasticsearch_metrics.recordtype.timeseries import ChosenTimeRecord, MomentRecord

# Type checkers see of the DSL's document what `DslRecord` declares: the rest isn't for records.
if TYPE_CHECKING:
    _Document = object
    _DocumentMeta = type
else:
    _Document = dsl.Document
    _DocumentMeta = type(dsl.Document)


class OpenSearchRecordMeta(RecordTypeMeta, _DocumentMeta):
    """Metaclass of record types."""

    imp_name, dsl_module = "elasticsearch_metrics.imps.opensearch", dsl
    template_parts = {"priority": 500}  # noqa: RUF012 - it knows no leave to make indexes


@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_field,))
class OpenSearchRecord(DslRecord, _Document, metaclass=OpenSearchRecordMeta):
    """What all record types on OpenSearch have in common."""

    @classmethod
    def from_opensearch(cls, hit: Any, data_only: bool = False) -> Self:  # noqa: ARG003 - as the DSL asks for it
        """Return an instance for a hit."""
        return cls.from_es(hit)


class EventRecord(MomentRecord, OpenSearchRecord):
    """Something that happened at a moment; see `MomentRecord`."""


class CountedUsageRecord(CountedUsage, EventRecord):
    """Usage of an item, a database or a platform, as COUNTER counts it; see `CountedUsage`."""


class TimeseriesRecord(ChosenTimeRecord, OpenSearchRecord):
    """Something at a time of your own choice; see `ChosenTimeRecord`."""


class CyclicReport(CycleRecord, OpenSearchRecord):
    """What was counted in one cycle, such as a month; see `CycleRecord`."""


class SimpleRecord(SingleIndexRecord, OpenSearchRecord):
    """Something without a time, in one index for all."""
