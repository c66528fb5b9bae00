"""What every record type can do, on every Elasticsearch.

An imp adds its DSL's document class, and the few methods here that are abstract.
"""

from __future__ import annotations

import datetime
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from djelme.bulk import Operation
from djelme.cover import all_indexes, cover
from djelme.difference import differences
from djelme.document_id import derive_document_id, next_document_id
from djelme.errors import (
    IndexTemplateNotFoundError,
    IndexTemplateOutOfSyncError,
    RecordTypeError,
)
from djelme.naming import IndexNaming, base_name
from djelme.timeparts import format_timestamp, parse_range, to_utc

from elasticsearch_metrics import conf, signals
from elasticsearch_metrics.bulk import load_records
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.setup import setup_guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from djelme.bulk import BulkResult
    from djelme.contracts import Backend, IndexStatus
    from typing_extensions import Self

    from elasticsearch_metrics.definition import RecordDefinition

__all__ = ("BaseRecord", "TimestampedRecord", "utcnow")


def utcnow() -> datetime.datetime:
    """Return the present moment in UTC, in whole milliseconds."""
    return to_utc(datetime.datetime.now(datetime.timezone.utc))


class BaseRecord:
    """The part of a record type that knows no DSL.

    Attributes:
        djelme: what the class declares.
        UNIQUE_TOGETHER_FIELDS: names of the fields that identify a record; records that agree in
            them replace each other. Empty: each record stays.
    """

    djelme: ClassVar[RecordDefinition]
    UNIQUE_TOGETHER_FIELDS: ClassVar[Iterable[str]] = ()
    #: The id that this instance was given and under which it was not stored yet.
    _new_id: str | None = None

    if TYPE_CHECKING:
        meta: Any
        app_label: ClassVar[str]

    # What an imp provides.

    @classmethod
    @abstractmethod
    def get_timeseries_template(cls) -> Any:
        """Return the DSL's index template of this type, with ``to_dict()``."""

    @classmethod
    @abstractmethod
    def _from_values(cls, values: Mapping[str, Any]) -> Self:
        """Return an instance with checked values."""

    @abstractmethod
    def _values(self) -> dict[str, Any]:
        """Return the instance's values by field, as plain Python objects."""

    @classmethod
    @abstractmethod
    def _search(cls, backend: Backend, expressions: tuple[str, ...]) -> Any:
        """Return the DSL's search over indexes, with hits that are instances of this type."""

    # Names.

    @classmethod
    def get_backend_name(cls, using: str | None = None) -> str:
        """Return the name of the backend that records of this type go to.

        Raises:
            djelme.errors.ConfigurationError: if there is none, or several to choose from.
        """
        return djelme_registry.backend_name_for(cls, using)

    @classmethod
    def get_backend(cls, using: str | None = None) -> Backend:
        """Return the backend that records of this type go to.

        Raises:
            djelme.errors.ConfigurationError: if there is none, or several to choose from.
        """
        return djelme_registry.get_backend_for_recordtype(cls, using)

    @classmethod
    def get_naming(cls) -> IndexNaming:
        """Return the names of this type's indexes.

        Raises:
            RecordTypeError: if the type is abstract.
        """
        cls._require_concrete()
        options = cls.djelme.options
        base = base_name(
            cls.djelme.app_label,
            options.recordtype_name or cls.__name__,
            prefix=cls._name_prefix(),
            template_name=options.template_name,
        )
        return IndexNaming(base, options.timedepth or conf.default_timedepth())

    @classmethod
    def get_timeseries_template_name(cls) -> str:
        """Return the name of this type's index template."""
        return cls.get_naming().template_name

    @classmethod
    def get_timeseries_template_pattern(cls) -> str:
        """Return the pattern of this type's index template."""
        template = cls.djelme.options.template
        return f"{cls._name_prefix()}{template}" if template else cls.get_naming().pattern

    @classmethod
    def _name_prefix(cls) -> str:
        prefix = cls.djelme.options.index_name_prefix
        if prefix is None:
            prefix = cls.get_backend().default_index_name_prefix
        return f"{djelme_registry.name_prefix}{prefix}"

    @classmethod
    def _require_concrete(cls) -> None:
        if cls.djelme.options.abstract:
            msg = "an abstract record type has no names and no records; use a concrete one"
            raise RecordTypeError(msg, recordtype=cls.__name__)

    # Storing.

    @classmethod
    def record(cls, *, using: str | None = None, **fields: Any) -> Self:
        """Check and store one record; return it when Elasticsearch has it.

        Args:
            using: name of a backend, in place of the type's own.
            **fields: the record's values.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value; nothing was sent.
            djelme.errors.DjelmeSetupError: if the type isn't set up; nothing was sent.
            djelme.errors.BackendError: if the cluster can't be reached or refuses the record.
        """
        cls._require_concrete()
        instance = cls._from_values(cls.djelme.validator.clean(fields))
        instance.save(using=using)
        return instance

    def save(self, using: str | None = None, index: str | None = None) -> str:
        """Check and store this record, and return what became of it.

        Storing an instance again replaces the stored record. An instance whose first attempt
        failed keeps its id, so that another attempt can't double it.

        Args:
            using: name of a backend, in place of the type's own.
            index: name of an index, in place of the one that the record's time tells.

        Returns:
            ``"created"``, or ``"updated"`` where the id was there already.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value; nothing was sent.
            djelme.errors.DjelmeSetupError: if the type isn't set up; nothing was sent.
            djelme.errors.BackendError: if the cluster can't be reached or refuses the record.
        """
        self._require_concrete()
        backend = self.get_backend(using)
        signals.pre_save.send(
            sender=type(self), instance=self, using=backend.name, index=index
        )
        operation = self._operation(index)
        setup_guard.require(type(self), backend, operation.index)
        outcome = backend.store(operation)
        self._mark_stored(operation)
        signals.post_save.send(
            sender=type(self), instance=self, using=backend.name, index=operation.index
        )
        return "created" if outcome.created else "updated"

    @classmethod
    def bulk_record(
        cls,
        records: Iterable[Mapping[str, Any] | Self],
        *,
        using: str | None = None,
        chunk_size: int = 2_000,
        raise_on_error: bool = True,
        progress: Callable[[BulkResult], object] | None = None,
    ) -> BulkResult:
        """Check and store many records.

        Args:
            records: dicts of fields, or instances; taken one by one, never held all at once.
            using: name of a backend, in place of the type's own.
            chunk_size: most records in one request; a request also stays below 8 MiB.
            raise_on_error: whether the first wrong or refused record ends the load. Records sent
                before it stay stored. Otherwise such records are in the result's ``failed``.
            progress: called with the result so far after each request.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value; no record of its request was
                sent.
            djelme.errors.BulkError: if Elasticsearch refused records.
            djelme.errors.DjelmeSetupError: if the type isn't set up.
            djelme.errors.BackendError: if the cluster can't be reached or refuses a request.
        """
        cls._require_concrete()
        return load_records(
            cls,
            records,
            backend=cls.get_backend(using),
            chunk_size=chunk_size,
            raise_on_error=raise_on_error,
            progress=progress,
        )

    def djelme_index_name(self) -> str:
        """Return the name of the index that this record belongs in."""
        return self._index_name(self._values())

    @classmethod
    @abstractmethod
    def _index_name(cls, values: Mapping[str, Any]) -> str:
        """Return the name of the index for a record with these values."""

    @classmethod
    def _completed(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return values with those that the name of the index depends on."""
        return values

    @classmethod
    def operation_for(cls, values: Mapping[str, Any]) -> Operation:
        """Return what is sent for a record with these values.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value.
        """
        values = cls._completed(values)
        source = cls.djelme.encoder.encode(values)
        unique = cls._unique_id(values)
        return Operation(
            index=cls._index_name(values),
            id=unique or next_document_id(),
            source=source,
            create=unique is None,
        )

    def _operation(self, index: str | None = None) -> Operation:
        """Return what is sent for this instance, and give it its id."""
        values = self._values()
        source = self.djelme.encoder.encode(values)
        known_id = getattr(self.meta, "id", None)
        unique = self._unique_id(values)
        if unique is None and known_id is None:
            self._new_id = known_id = next_document_id()
            self.meta.id = known_id
        return Operation(
            index=index or getattr(self.meta, "index", None) or self._index_name(values),
            id=unique or known_id,
            source=source,
            create=unique is None and known_id == self._new_id,
        )

    def _mark_stored(self, operation: Operation) -> None:
        self._new_id = None
        self.meta.id = operation.id
        self.meta.index = operation.index

    @classmethod
    def _unique_id(cls, values: Mapping[str, Any]) -> str | None:
        names = tuple(cls.UNIQUE_TOGETHER_FIELDS)
        if not names:
            return None
        cleaned = cls.djelme.validator.clean(values)
        return derive_document_id([cls.__name__, *(cleaned.get(name) for name in names)])

    # Reading.

    @classmethod
    def refresh(cls, using: str | None = None) -> None:
        """Make all stored records of this type visible to searches.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        cls.get_backend(using).refresh(all_indexes(cls.get_naming()))

    @classmethod
    def each_existing_index(cls, using: str | None = None) -> Iterator[IndexStatus]:
        """Yield this type's own indexes, oldest first.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        yield from cls.get_backend(using).list_indexes(all_indexes(cls.get_naming()))

    # Setting up.

    @classmethod
    def check_djelme_setup(cls, using: str | None = None) -> None:
        """Compare this type with its index template in Elasticsearch.

        Raises:
            djelme.errors.IndexTemplateNotFoundError: if there is no template.
            djelme.errors.IndexTemplateOutOfSyncError: if it differs; the error says in what.
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        backend = cls.get_backend(using)
        name = cls.get_timeseries_template_name()
        found = backend.get_template(name)
        if found is None:
            raise IndexTemplateNotFoundError(
                recordtype=cls.djelme.label, template_name=name, backend=backend.name
            )
        drift = differences(
            backend.flatten_template(cls.get_timeseries_template().to_dict()),
            backend.flatten_template(found),
        )
        if drift:
            raise IndexTemplateOutOfSyncError(
                recordtype=cls.djelme.label,
                template_name=name,
                backend=backend.name,
                differences=drift,
            )

    @classmethod
    def sync_index_template(cls, using: str | None = None) -> bool:
        """Create or update this type's index template where it isn't in sync.

        Indexes that exist already stay as they are.

        Returns:
            Whether anything was changed.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        try:
            cls.check_djelme_setup(using)
        except (IndexTemplateNotFoundError, IndexTemplateOutOfSyncError):
            pass
        else:
            return False
        backend = cls.get_backend(using)
        template = cls.get_timeseries_template()
        signals.pre_index_template_create.send(
            sender=cls, index_template=template, using=backend.name
        )
        backend.put_template(cls.get_timeseries_template_name(), template.to_dict())
        signals.post_index_template_create.send(
            sender=cls, index_template=template, using=backend.name
        )
        return True


class TimestampedRecord(BaseRecord):
    """A record of a moment: its ``timestamp``, in UTC and whole milliseconds, tells its index."""

    @classmethod
    def _completed(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return values if "timestamp" in values else {**values, "timestamp": utcnow()}

    @classmethod
    def _index_name(cls, values: Mapping[str, Any]) -> str:
        return cls.get_naming().index_name(to_utc(values["timestamp"]))

    @classmethod
    def _search_timeseries_range(
        cls, from_when: object, until_when: object, using: str | None = None
    ) -> Any:
        """Return the DSL's search for a half-open range of time, exact to the millisecond."""
        start, end = parse_range(from_when, until_when)
        naming = cls.get_naming()
        # An empty list of indexes would mean all of them: an empty range still names the type's.
        expressions = cover(naming, start, end) or all_indexes(naming)
        return cls._search(cls.get_backend(using), expressions).filter(
            "range", timestamp={"gte": format_timestamp(start), "lt": format_timestamp(end)}
        )
