"""What every record type can do, on every Elasticsearch.

An imp adds its DSL's document class, and the few methods here that are abstract.

It is long, as the public surface of a record type is, and most of its lines document it.
"""

from __future__ import annotations

import inspect
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from djelme.bulk_load import CHUNK_SIZE
from djelme.document_id import derive_document_id
from djelme.errors import RecordTypeError
from djelme.field import Kind
from djelme.operation import Operation
from elasticsearch_metrics import signals
from elasticsearch_metrics.delivery.bulk import load_records
from elasticsearch_metrics.delivery.submission import send
from elasticsearch_metrics.recordtype.argument import checked_index, identifying_value, outcome_name
from elasticsearch_metrics.recordtype.placed import PlacedRecord
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from typing_extensions import Self

    from djelme.bulk import BulkResult
    from djelme.contracts import Backend
    from elasticsearch_metrics.declaration.contract import Place

__all__ = ("BaseRecord",)


class BaseRecord(PlacedRecord):
    """The part of a record type that knows no DSL.

    Attributes:
        TIME_FIELD: name of the field with the time that tells a record's index; None where there
            is one index for all.
        UNIQUE_TOGETHER_FIELDS: names of the fields, or of properties made of them, that identify a
            record; records that agree in them replace each other. Empty: each record stays.
    """

    TIME_FIELD: ClassVar[str | None] = None
    UNIQUE_TOGETHER_FIELDS: ClassVar[Iterable[str]] = ()
    #: The fields whose values only the DSL can read and write, such as inner documents.
    _structured_fields: ClassVar[tuple[str, ...]] = ()
    #: Those of `UNIQUE_TOGETHER_FIELDS` that are no fields.
    _unique_attributes: ClassVar[frozenset[str]] = frozenset()
    #: The id that this instance was given and under which it was not stored yet. Set by `__dict__`:
    #: what is set otherwise is a part of the document to newer DSLs.
    _new_id: str | None = None

    if TYPE_CHECKING:
        meta: Any

        def full_clean(self) -> None: ...  # noqa: D102 - the DSL's, which calls clean()

    # What an imp provides.

    @classmethod
    def from_operation(cls, values: Mapping[str, Any], operation: Operation) -> Self:
        """Return the instance whose completed values were sent as an operation.

        Most are never looked at: what their documents hold is made when it is first asked for.
        """
        instance = object.__new__(cls)
        own = instance.__dict__
        own["_given"], own["_operation"] = values, operation
        return instance

    @classmethod
    @abstractmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Return an instance with values that were checked."""

    @abstractmethod
    def get_values(self) -> dict[str, Any]:
        """Return the instance's values by field, as plain Python objects."""

    @classmethod
    @abstractmethod
    def serialized(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values with those of structured fields as plain Python objects."""

    @classmethod
    @abstractmethod
    def _search(
        cls, backend: Backend, expressions: tuple[str, ...], *, asynchronous: bool = False
    ) -> Any:
        """Return the DSL's search over indexes, with hits that are instances of this type."""

    @classmethod
    @abstractmethod
    def search_class(cls, backend: Backend, *, asynchronous: bool) -> Any:
        """Return the DSL's class of searches over records of this type."""

    @classmethod
    @abstractmethod
    def index_name(cls, values: Mapping[str, Any], placement: Place) -> str:
        """Return the name of the index for a record with these values, in one of its places."""

    @classmethod
    def completed(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return values with the defaults that are made for each record, such as its time."""
        definition = cls.djelme
        for name, make in definition.default_factories:
            if name not in values:
                values = {**values, name: make()}
        if cls._structured_fields:
            values = cls.serialized(values)
        return cls._cleaned(values) if definition.is_cleaned else values

    def clean(self) -> None:
        """Fill fields that follow from others; called before the record is checked and stored.

        For record types to override, with ``super().clean()`` in it. It may be called more than
        once for a record. A type with such a method is slower in bulks.
        """

    @classmethod
    def _cleaned(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values with what `clean` makes of them."""
        specs = cls.djelme.fields.values()
        defaults = {spec.name: spec.make_default() for spec in specs if spec.has_default}
        instance = cls.from_values({**defaults, **values})
        try:
            instance.clean()
        except Exception:
            cls.djelme.validator.clean(values)  # a wrong value explains more than what it led to
            raise
        return instance.get_values()

    @classmethod
    def prepared(cls, values: Mapping[str, Any]) -> Self:
        """Return an instance that is complete and checked, but not stored.

        Raises:
            RecordTypeError: if the type is abstract.
            djelme.errors.RecordValidationError: for a wrong value.
        """
        cls.require_concrete()
        if cls.djelme.hooks:
            instance = cls(**values)
            cls.djelme.validator.clean(cls.completed(instance.get_values()))
            return instance
        return cls.from_values(cls.djelme.validator.clean(cls.completed(values)))

    @classmethod
    def restored(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return stored values as the type has them today, for what older versions stored."""
        return values

    @classmethod
    def visible_query(cls, query: Any, using: str | None = None) -> Any:  # noqa: ARG003 - for reports
        """Return a query for those of the documents it matches that readers see: all of them."""
        return query

    @classmethod
    def check_declaration(cls) -> None:
        """Check the attributes of a concrete type when its class is made.

        Raises:
            RecordTypeError: if the declaration can't work.
        """
        cls._unique_attributes = frozenset(cls.UNIQUE_TOGETHER_FIELDS) - cls.djelme.fields.keys()
        for name in sorted(cls._unique_attributes):
            attribute = inspect.getattr_static(cls, name, None)
            if attribute is None or inspect.isroutine(attribute):
                msg = (
                    f"UNIQUE_TOGETHER_FIELDS names {name!r}, which is none of its fields "
                    f"({', '.join(cls.djelme.fields)}), nor a property or an attribute of the class"
                )
                raise RecordTypeError(msg, recordtype=cls.__name__)

    @classmethod
    def lost_fields(cls) -> tuple[str, ...]:
        """Return the names of the fields that are stored but that no search gives back."""
        return ()

    @classmethod
    def guessed_fields(cls) -> tuple[str, ...]:
        """Return the paths of fields of which it can't be told how they were declared."""
        return ()

    @classmethod
    def fields_without_source(cls) -> frozenset[str]:
        """Return the names of the fields that the ``_source`` doesn't keep, wholly or in part."""
        return frozenset()

    @classmethod
    def field_type(cls, name: str) -> str:
        """Return the type that Elasticsearch has a field as."""
        kind = cls.djelme.fields[name].kind
        return "date" if kind is Kind.DATETIME else kind.value

    # Names.

    def djelme_index_name(self) -> str:
        """Return the name of the index that this record belongs in.

        Raises:
            djelme.errors.RecordValidationError: if the record lacks what the name depends on.
        """
        placement = djelme_registry.placement(type(self))
        return self.index_name(self.completed(self.get_values()), placement)

    # Storing.

    @classmethod
    def record(cls, *, using: str | Literal[False] | None = None, **fields: Any) -> Self:
        """Check and store one record; return it when Elasticsearch has it.

        With a buffered or durable delivery: when the delivery has it. A type with a constructor or
        a `save` of its own has each of its records made and stored by them.

        Args:
            using: name of a backend, in place of the type's own; False to store nothing and only
                return the record, such as for `bulk_record`.
            **fields: the record's values.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value; nothing was sent.
            djelme.errors.DjelmeSetupError: if the type isn't set up; nothing was sent.
            djelme.errors.BackendError: if the cluster can't be reached or refuses the record.
            djelme.errors.SpoolError: if the delivery can't keep the record.
        """
        if using is False:
            return cls.prepared(fields)
        # A call less for each record.
        placement = None if using is not None else djelme_registry.placements.get((cls, None))
        if placement is None:
            placement = djelme_registry.placement(cls, using)
        if cls.djelme.hooks:
            instance = cls(**fields)
            instance.save(using=using)
            return instance
        values = cls.completed(fields)
        if signals.pre_save.receivers or signals.post_save.receivers:
            instance = cls.from_values(cls.djelme.validator.clean(values))
            instance.save(using=using)
            return instance
        operation = cls.completed_operation(values, placement)
        send(placement, operation)
        return cls.from_operation(values, operation)

    def save(self, using: str | None = None, index: str | None = None) -> str:
        """Check and store this record, and return what became of it.

        Storing an instance again replaces the stored record. An instance whose first attempt
        failed keeps its id, so that another attempt can't double it.

        Args:
            using: name of a backend, in place of the type's own.
            index: name of an index, in place of the one that the record's time tells.

        Returns:
            ``"created"``, ``"updated"`` where the id was there already, or ``"accepted"`` where a
            buffered or durable delivery will find out.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value; nothing was sent.
            djelme.errors.DjelmeSetupError: if the type isn't set up; nothing was sent.
            djelme.errors.BackendError: if the cluster can't be reached or refuses the record.
        """
        placement = djelme_registry.placement(type(self), using)
        backend = placement.backend
        signals.pre_save.send(sender=type(self), instance=self, using=backend.name, index=index)
        is_known = self.has_id
        operation = self.get_operation(placement, index)
        outcome = send(placement, operation)
        self.mark_stored(operation)
        signals.post_save.send(
            sender=type(self), instance=self, using=backend.name, index=operation.index
        )
        return outcome_name(outcome, is_new=operation.create and not is_known)

    @classmethod
    def bulk_record(
        cls,
        records: Iterable[Mapping[str, Any] | Self],
        *,
        using: str | None = None,
        chunk_size: int = CHUNK_SIZE,
        senders: int = 1,
        raise_on_error: bool = True,
        progress: Callable[[BulkResult], object] | None = None,
    ) -> BulkResult:
        """Check and store many records.

        Args:
            records: dicts of fields, or instances; taken one by one, never held all at once.
            using: name of a backend, in place of the type's own.
            chunk_size: most records in one request; a request also stays below 8 MiB.
            senders: requests at a time, each in a thread of its own, while this one prepares more.
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
        return load_records(
            djelme_registry.placement(cls, using),
            records,
            chunk_size=chunk_size,
            senders=senders,
            raise_on_error=raise_on_error,
            progress=progress,
        )

    @classmethod
    def completed_operation(cls, values: Mapping[str, Any], placement: Place) -> Operation:
        """Return what is sent for a new record in one of its places.

        Args:
            values: as `completed` has returned them.
            placement: the place.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value.
        """
        definition = cls.djelme
        source = definition.encoder.encode(values)
        unique = cls.unique_id(values) if definition.is_identified else None
        index = cls.index_name(values, placement)
        return Operation(index, unique, source, create=unique is None)

    @property
    def has_id(self) -> bool:
        """Whether the instance has an id, of an attempt to store it or given by somebody."""
        return getattr(self.meta, "id", None) is not None

    @classmethod
    @abstractmethod
    def from_sent(cls, operation: Operation) -> Self:
        """Return an instance with the values and the id of an operation, read from its lines."""

    def get_operation(self, placement: Place, index: str | None = None) -> Operation:
        """Return what is sent for this instance, and give it its id.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value.
        """
        if self.djelme.hooks & {"clean_fields", "full_clean"}:
            self.full_clean()
        else:
            self.clean()
        values = self.get_values()
        source = self.djelme.encoder.encode(values)
        unique = self.unique_id(values)
        known_id: str | None = unique or getattr(self.meta, "id", None)
        operation = Operation(
            index=checked_index(index)
            or getattr(self.meta, "index", None)
            or self.index_name(values, placement),
            id=known_id,
            source=source,
            create=unique is None and known_id == self._new_id,
        )
        if known_id is None:
            self.meta.id = self.__dict__["_new_id"] = operation.id
        return operation

    def mark_stored(self, operation: Operation) -> None:
        """Take over id and index of what was stored for this instance."""
        self.__dict__.pop("_new_id", None)
        self.meta.id = operation.id
        self.meta.index = operation.index

    @classmethod
    def unique_id(cls, values: Mapping[str, Any]) -> str | None:
        """Return the document id that `UNIQUE_TOGETHER_FIELDS` give; None where there are none.

        What is named there and no field is read from an instance with these values.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value.
        """
        if not cls.UNIQUE_TOGETHER_FIELDS:
            return None
        validator = cls.djelme.validator
        if not cls._unique_attributes:
            identifying = [validator.cleaned(name, values) for name in cls.UNIQUE_TOGETHER_FIELDS]
        else:
            instance = cls.from_values(cleaned := validator.clean(values))
            own = cls._unique_attributes
            identifying = [
                identifying_value(getattr(instance, name)) if name in own else cleaned.get(name)
                for name in cls.UNIQUE_TOGETHER_FIELDS
            ]
        return derive_document_id([cls.__name__, *identifying])
