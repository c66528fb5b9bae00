"""Record types whose documents are those of the DSL for Elasticsearch 8."""

from __future__ import annotations

import datetime  # noqa: TC003 - the metaclass resolves annotations
from typing import TYPE_CHECKING, Any, ClassVar

from elasticsearch8.dsl import (
    AsyncSearch,
    ComposableIndexTemplate,
    Document,
    InnerDoc,
    M,
    MetaField,
    Search,
    mapped_field,
)
from elasticsearch8.dsl.field import Field
from elasticsearch8.dsl.utils import HitMeta
from typing_extensions import Self, dataclass_transform

from elasticsearch_metrics.counter.usage import CountedUsage
from elasticsearch_metrics.declaration.options import abstract_meta
from elasticsearch_metrics.recordtype.cyclic import CycleRecord
from elasticsearch_metrics.recordtype.document import DslRecord
from elasticsearch_metrics.recordtype.metaclass import RecordTypeMeta
from elasticsearch_metrics.recordtype.single_index import SingleIndexRecord
from elasticsearch_metrics.recordtype.timeseries import OwnTimeRecord, TimestampedRecord, utcnow
from elasticsearch_metrics.registry import djelme_registry

__all__ = (
    "TEMPLATE_PRIORITY",
    "CountedUsageRecord",
    "CyclicReport",
    "Elastic8Record",
    "EventRecord",
    "SimpleRecord",
    "TimeseriesRecord",
)

#: Above the priorities of the index templates that Elastic ships, which are at most 200.
TEMPLATE_PRIORITY = 500


if TYPE_CHECKING:
    # Type checkers see of the DSL's document what `DslRecord` declares: the rest isn't for records.
    _Document = object
    _DocumentMeta = type
else:
    _Document = Document
    _DocumentMeta = type(Document)


class AutoCreatingIndexTemplate(ComposableIndexTemplate):
    """The DSL's index template, by which indexes appear where the cluster lets no write make any.

    So ``action.auto_create_index`` can refuse a site's names to all writes that no template is for.
    """

    def to_dict(self) -> dict[str, Any]:
        """Return the body of the template."""
        return {**super().to_dict(), "allow_auto_create": True}


class Elastic8RecordMeta(RecordTypeMeta, _DocumentMeta):
    """Metaclass of record types."""

    imp_name = "elasticsearch_metrics.imps.elastic8"
    annotation_wrappers = (M,)
    field_class = Field
    inner_class = InnerDoc
    meta_field_class = MetaField


@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_field,))
class Elastic8Record(DslRecord, _Document, metaclass=Elastic8RecordMeta):
    """What all record types on Elasticsearch 8 have in common."""

    _hit_meta: ClassVar[Any] = HitMeta
    _search_class: ClassVar[Any] = Search
    _async_search_class: ClassVar[Any] = AsyncSearch

    Meta: ClassVar[Any] = abstract_meta()

    @classmethod
    def get_timeseries_template(cls, using: str | None = None) -> ComposableIndexTemplate:
        """Return the DSL's composable index template of this type."""
        placement = djelme_registry.placement(cls, using)
        return AutoCreatingIndexTemplate(
            placement.naming.template_name,
            placement.pattern,
            index=cls._index,
            priority=TEMPLATE_PRIORITY,
        )

    @classmethod
    def search(cls, using: str | None = None, index: str | None = None) -> Search[Self]:
        """Return a search over all records of this type; see `DslRecord.search`."""
        search: Search[Self] = super().search(using, index)
        return search

    @classmethod
    def asearch(cls, using: str | None = None, index: str | None = None) -> AsyncSearch[Self]:
        """Return an asynchronous search over all records; see `DslRecord.asearch`."""
        search: AsyncSearch[Self] = super().asearch(using, index)
        return search


class Elastic8TimeRecord(TimestampedRecord, Elastic8Record):
    """What all record types with a time have in common."""

    Meta: ClassVar[Any] = abstract_meta()

    @classmethod
    def search_timeseries_range(
        cls, from_when: object, until_when: object, using: str | None = None
    ) -> Search[Self]:
        """Return a search over a range of time; see `TimestampedRecord`."""
        search: Search[Self] = super().search_timeseries_range(from_when, until_when, using)
        return search

    @classmethod
    def asearch_timeseries_range(
        cls, from_when: object, until_when: object, using: str | None = None
    ) -> AsyncSearch[Self]:
        """Return an asynchronous search over a range of time; see `TimestampedRecord`."""
        search: AsyncSearch[Self] = super().asearch_timeseries_range(from_when, until_when, using)
        return search


class EventRecord(Elastic8TimeRecord):
    """Something that happened at a moment.

    Attributes:
        timestamp: when, in UTC and whole milliseconds; now unless given. Times with a zone are
            converted, naive ones are taken as UTC.
    """

    timestamp: datetime.datetime = mapped_field(default_factory=utcnow)

    Meta: ClassVar[Any] = abstract_meta()


class CountedUsageRecord(CountedUsage, EventRecord):
    """Usage of an item, a database or a platform, as COUNTER counts it; see `CountedUsage`."""

    Meta: ClassVar[Any] = abstract_meta()


class TimeseriesRecord(OwnTimeRecord, Elastic8TimeRecord):
    """Something at a time of your own choice: define ``get_timeseries_timeparts``.

    Attributes:
        timeseries_start: the record's time, in UTC and whole milliseconds; filled when it is
            stored.
    """

    timeseries_start: datetime.datetime | None = mapped_field(init=False)

    Meta: ClassVar[Any] = abstract_meta()


class CyclicReport(CycleRecord, Elastic8TimeRecord):
    """What was counted in one cycle, such as a month; see `CycleRecord`."""

    Meta: ClassVar[Any] = abstract_meta()


class SimpleRecord(SingleIndexRecord, Elastic8Record):
    """Something without a time, in one index for all."""

    Meta: ClassVar[Any] = abstract_meta()
