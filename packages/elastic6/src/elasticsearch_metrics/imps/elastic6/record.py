"""Record types whose documents are those of the DSL for Elasticsearch 6."""

from __future__ import annotations

import datetime  # noqa: TC003 - the metaclass resolves annotations
from typing import TYPE_CHECKING, Any, ClassVar

from elasticsearch6_dsl import Document, IndexTemplate, InnerDoc, MetaField, Search
from elasticsearch6_dsl.field import Field
from elasticsearch6_dsl.utils import HitMeta
from typing_extensions import dataclass_transform

from elasticsearch_metrics.declaration import RecordTypeMeta
from elasticsearch_metrics.document import DslRecord
from elasticsearch_metrics.dsl_field import M, mapped_field
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.timeseries import TimestampedRecord, utcnow

__all__ = ("TEMPLATE_ORDER", "Elastic6Record", "EventRecord")

#: Later than templates for many indexes, which usually have a low order: the last one wins.
TEMPLATE_ORDER = 500


if TYPE_CHECKING:
    # Type checkers see of the DSL's document what `DslRecord` declares: the rest isn't for records.
    _Document = object
    _DocumentMeta = type
else:
    _Document = Document
    _DocumentMeta = type(Document)


class OrderedIndexTemplate(IndexTemplate):  # type: ignore[misc] # untyped
    """The DSL's index template, with an order."""

    def to_dict(self) -> dict[str, Any]:
        """Return the body of the template."""
        return {**super().to_dict(), "order": TEMPLATE_ORDER}


class Elastic6RecordMeta(RecordTypeMeta, _DocumentMeta):
    """Metaclass of record types."""

    imp_name = "elasticsearch_metrics.imps.elastic6"
    annotation_wrappers = (M,)
    field_class = Field
    inner_class = InnerDoc
    meta_field_class = MetaField


@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_field,))
class Elastic6Record(DslRecord, _Document, metaclass=Elastic6RecordMeta):
    """What all record types on Elasticsearch 6 have in common."""

    _hit_meta: ClassVar[Any] = HitMeta
    _search_class: ClassVar[Any] = Search

    class Meta:
        abstract = True

    @classmethod
    def get_timeseries_template(cls, using: str | None = None) -> Any:
        """Return the DSL's index template of this type."""
        placement = djelme_registry.placement(cls, using)
        return OrderedIndexTemplate(
            placement.naming.template_name, placement.pattern, index=cls._index
        )


class EventRecord(TimestampedRecord, Elastic6Record):
    """Something that happened at a moment.

    Attributes:
        timestamp: when, in UTC and whole milliseconds; now unless given. Times with a zone are
            converted, naive ones are taken as UTC.
    """

    timestamp: datetime.datetime = mapped_field(default_factory=utcnow)

    class Meta:
        abstract = True
