"""Record types whose documents are those of the DSL for Elasticsearch 6."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import elasticsearch6_dsl
from django.utils.functional import classproperty
from elasticsearch6_dsl import Date, MetaField
from typing_extensions import Self, dataclass_transform

from djelme.errors import BackendRefusedError
from djelme.timeparts import parse_when, to_utc
from elasticsearch_metrics import conf
from elasticsearch_metrics.counter.usage import CountedUsage
from elasticsearch_metrics.declaration.field import mapped_field
from elasticsearch_metrics.declaration.options import abstract_meta
from elasticsearch_metrics.recordtype.cyclic import CycleRecord
from elasticsearch_metrics.recordtype.document import DslRecord
from elasticsearch_metrics.recordtype.metaclass import RecordTypeMeta
from elasticsearch_metrics.recordtype.single_index import SingleIndexRecord
from elasticsearch_metrics.recordtype.timeseries import (
    ChosenTimeRecord,
    MomentRecord,
    TimestampedRecord,
    utcnow,
)
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = (
    "CountedUsageRecord",
    "CyclicReport",
    "Elastic6Record",
    "EventRecord",
    "Metric",
    "SimpleRecord",
    "TimeseriesRecord",
)

# Type checkers see of the DSL's document what `DslRecord` declares: the rest isn't for records.
if TYPE_CHECKING:
    _Document = object
    _DocumentMeta = type
else:
    _Document = elasticsearch6_dsl.Document
    _DocumentMeta = type(elasticsearch6_dsl.Document)


class Elastic6RecordMeta(RecordTypeMeta, _DocumentMeta):
    """Metaclass of record types."""

    imp_name, dsl_module = "elasticsearch_metrics.imps.elastic6", elasticsearch6_dsl
    template_class_name = "IndexTemplate"
    #: Later than templates for many indexes, which usually have a low order: the last one wins.
    template_parts: Mapping[str, Any] = {"order": 500}


class Elastic6Document(DslRecord, _Document, metaclass=Elastic6RecordMeta):
    """What all record types on Elasticsearch 6 have in common."""

    @classmethod
    def date_formats(cls) -> tuple[str, ...]:
        """Return formats of `datetime.strftime` in which older indexes of the type are named."""
        date_format = conf.date_format()
        return (date_format,) if date_format else ()


@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_field,))
class Elastic6Record(Elastic6Document):
    """What all record types with annotated fields have in common."""


class EventRecord(MomentRecord, Elastic6Record):
    """Something that happened at a moment; see `MomentRecord`."""


class CountedUsageRecord(CountedUsage, EventRecord):
    """Usage of an item, a database or a platform, as COUNTER counts it; see `CountedUsage`."""


class TimeseriesRecord(ChosenTimeRecord, Elastic6Record):
    """Something at a time of your own choice; see `ChosenTimeRecord`."""


class CyclicReport(CycleRecord, Elastic6Record):
    """What was counted in one cycle, such as a month; see `CycleRecord`."""


class SimpleRecord(SingleIndexRecord, Elastic6Record):
    """Something without a time, in one index for all."""


class Metric(TimestampedRecord, Elastic6Document):
    """A record type as django-elasticsearch-metrics had it for Elasticsearch 6.

    Its fields are usually declared with the field classes of the DSL, as in ``user_id =
    Integer(index=True, doc_values=True)``; what is given for them is checked as that of annotated
    fields is. Differences from `EventRecord`:

    - ``_source`` is off, unless ``Meta.source`` says otherwise, and searches give back doc values:
      keywords of one field sorted and once each, nothing of ``text`` fields and of others without
      doc values, and at most 100 fields (see `elasticsearch_metrics.declaration.doc_value`).
      `lost_fields` names what can't be given back. Elasticsearch itself can't update or reindex
      such records.
    - New indexes are named in ``ELASTICSEARCH_METRICS_DATE_FORMAT`` where it is set, unless
      ``Meta.timedepth`` is.

    Attributes:
        timestamp: when, in UTC and whole milliseconds; now unless given. Times with a zone are
            converted, naive ones are taken as UTC.
    """

    timestamp: datetime.datetime = mapped_field(
        Date(doc_values=True, required=True), default_factory=utcnow
    )

    Meta: ClassVar[Any] = abstract_meta(source=MetaField(enabled=False))

    @classproperty
    def _template_name(cls) -> str:  # noqa: N805 - of the class
        return cls.get_timeseries_template_name()

    @classproperty
    def _template_pattern(cls) -> str:  # noqa: N805 - of the class
        return cls.get_timeseries_template_pattern()

    @classmethod
    def date_format(cls) -> str | None:
        """Return the format of `datetime.strftime` for new indexes; None for parts of time."""
        return conf.date_format() if cls.djelme.options.timedepth is None else None

    @classmethod
    def get_index_name(cls, date: datetime.date | None = None) -> str:
        """Return the name of the index for a day or a moment, in UTC; now unless given."""
        moment = date if isinstance(date, datetime.datetime) else parse_when(date or utcnow())
        return djelme_registry.placement(cls).naming.index_name(to_utc(moment))

    @classmethod
    def get_index_template(cls) -> Any:
        """Return the DSL's index template of this type."""
        return cls.get_timeseries_template()

    @classmethod
    def check_index_template(cls, using: str | None = None) -> bool:
        """Compare this type with its index template in Elasticsearch, and return True.

        Raises:
            djelme.errors.IndexTemplateNotFoundError: if there is no template.
            djelme.errors.IndexTemplateOutOfSyncError: if it differs; the error says in what.
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        cls.check_djelme_setup(using)
        return True

    @classmethod
    def init(cls, index: str | None = None, using: str | None = None) -> None:
        """Set this type up and create an index; one that exists already stays as it is.

        Args:
            index: name of the index; by default that for the present moment.
            using: name of a backend, in place of the type's own.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        cls.sync_index_template(using)
        placement = djelme_registry.placement(cls, using)
        backend: Any = placement.backend
        try:
            backend.request("PUT", f"/{index or placement.naming.index_name(utcnow())}")
        except BackendRefusedError as error:
            if "resource_already_exists_exception" not in error.reason:
                raise

    @classmethod
    def completed(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return values with the present moment also where their ``timestamp`` is None."""
        if values.get("timestamp") is None:
            values = {**values, "timestamp": utcnow()}
        return super().completed(values)

    @classmethod
    def record(
        cls,
        timestamp: datetime.datetime | None = None,
        *,
        using: str | Literal[False] | None = None,
        **fields: Any,
    ) -> Self:
        """Check and store one record; see `BaseRecord.record`.

        Args:
            timestamp: when; now unless given.
            using: name of a backend, in place of the type's own.
            **fields: the record's other values.
        """
        return super().record(using=using, timestamp=timestamp, **fields)

    def save(self, using: str | None = None, index: str | None = None) -> str:
        """Check and store this record; see `BaseRecord.save`."""
        if self.timestamp is None:
            self.timestamp = utcnow()
        return super().save(using=using, index=index)
