"""What the documents of both Elasticsearch DSLs have in common.

Documents of either DSL keep their values in a dict ``_d_`` and what Elasticsearch says about them
in ``meta``. Here they get djelme's checks and conversions in place of the DSL's.

It is long, as it stands for two DSLs whose documents it makes alike in one class.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, cast

from djelme.errors import RecordNotFoundError, RecordTypeError
from djelme.naming import SingleIndexNaming
from elasticsearch_metrics.declaration.doc_value import merged, nested
from elasticsearch_metrics.declaration.inner import guessed_paths
from elasticsearch_metrics.recordtype.argument import checked_id, checked_index
from elasticsearch_metrics.recordtype.asynchronous import AsyncRecord
from elasticsearch_metrics.recordtype.published import PublishedRecord
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Self

    from djelme.operation import Operation
    from elasticsearch_metrics.declaration.doc_value import DocValues
    from elasticsearch_metrics.index.placement import Placement

__all__ = ("DslRecord", "PartsTemplate")

#: What hits have for a mapping type: nothing since Elasticsearch 8, ``_doc`` on 7.
_HIT_TYPES = (None, "_doc", "doc")


class PartsTemplate:
    """The part of an index template that the DSL's classes know nothing of."""

    parts: ClassVar[Mapping[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Return the body of the template."""
        return {**super().to_dict(), **self.parts}  # type: ignore[misc] # the DSL's


class DslRecord(AsyncRecord, PublishedRecord):
    """The part of a record type that is the same with both DSLs.

    A class that inherits from it also inherits from a DSL's ``Document``.
    """

    #: The DSL's class of ``meta``, and of searches; of asynchronous ones if there is one.
    _hit_meta: ClassVar[Any]
    _search_class: ClassVar[Any]
    _async_search_class: ClassVar[Any] = None

    #: The DSL's class of index templates.
    _template_class: ClassVar[Any]

    if TYPE_CHECKING:
        Meta: ClassVar[Any]
        _doc_values: ClassVar[DocValues]
        _d_: dict[str, Any]
        _doc_type: ClassVar[Any]
        _declared_index: ClassVar[Any]

    def __init__(self, meta: dict[str, Any] | None = None, **values: Any) -> None:
        for name, spec in self.djelme.fields.items():
            if spec.has_default and name not in values:
                values[name] = spec.make_default()
        super().__init__(meta=meta, **values)  # type: ignore[call-arg] # the DSL's document

    if not TYPE_CHECKING:  # to type checkers it would mean that every attribute exists

        def __getattr__(self, name: str) -> Any:
            # Most records are never looked at again once they were sent, so what their instances
            # hold is made when it is first asked for.
            if name == "meta":
                operation = self.__dict__.get("_operation")
                about = {"_id": operation.id, "_index": operation.index} if operation else {}
                return self.__dict__.setdefault("meta", self._hit_meta(about))
            if name == "_d_":
                values = self.djelme.validator.clean(self.__dict__.get("_given", {}))
                return self.__dict__.setdefault("_d_", self._deserialized(values))
            return super().__getattr__(name)

    def __repr__(self) -> str:
        values = [f"{name}={self._d_[name]!r}" for name in self.djelme.fields if name in self._d_]
        known = [f"id={self.meta.id!r}"] if "id" in self.meta else []
        return f"{type(self).__name__}({', '.join([*known, *values])})"

    def to_dict(self, include_meta: bool = False, skip_empty: bool = True) -> dict[str, Any]:
        """Return the document as the DSL does; with plain values for members of enumerations."""
        document: dict[str, Any] = super().to_dict(  # type: ignore[misc]
            include_meta=include_meta, skip_empty=skip_empty
        )
        source = document["_source"] if include_meta else document
        for name, spec in self.djelme.fields.items():
            if spec.enum_type is not None and name in source:
                source[name] = _plain(source[name])
        return document

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Return an instance with values that were checked."""
        instance = cls.__new__(cls)
        object.__setattr__(instance, "_d_", cls._deserialized(values))
        return instance

    @classmethod
    def from_sent(cls, operation: Operation) -> Self:
        """Return an instance with the values and the id of an operation, read from its lines."""
        source = json.loads(operation.source)
        return cls.from_es({"_index": operation.index, "_id": operation.id, "_source": source})

    @classmethod
    def from_es(cls, hit: Any) -> Self:
        """Return an instance for a hit or a document that was got by its id."""
        raw = (
            hit if isinstance(hit, dict) else hit.to_dict() if hasattr(hit, "to_dict") else hit.body
        )
        cls._doc_values.require(cls.djelme.label, raw)
        decoder = cls.djelme.decoder
        values = decoder.decode(raw.get("_source") or {})
        if "fields" in raw:
            values = merged(values, nested(decoder.decode_doc_values(raw["fields"])))
        instance = cls.from_values(cls.restored(values))
        about = {key: value for key, value in raw.items() if key not in {"_source", "fields"}}
        object.__setattr__(instance, "meta", cls._hit_meta(about))
        return instance

    def get_values(self) -> dict[str, Any]:
        """Return the instance's values by field, as plain Python objects."""
        return self.serialized(
            {name: getattr(value, "_l_", value) for name, value in self._d_.items()}
        )

    @classmethod
    def serialized(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values with those of structured fields as plain Python objects."""
        plain = dict(values)
        for name in cls._structured_fields:
            if plain.get(name) is not None:
                plain[name] = cls._doc_type.mapping[name].serialize(plain[name])
        return plain

    @classmethod
    def _deserialized(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values with those of structured fields as objects of the DSL."""
        rich = dict(values)
        for name in cls._structured_fields:
            if rich.get(name) is not None:
                rich[name] = cls._doc_type.mapping[name].deserialize(rich[name])
        return rich

    # Reading.

    @classmethod
    def search(cls, using: str | None = None, index: str | None = None) -> Any:
        """Return the DSL's search over all records of this type.

        Args:
            using: name of a backend, in place of the type's own.
            index: names or patterns of indexes, separated by commas, in place of the type's own.

        Raises:
            TypeError: if `index` is no string.
            djelme.errors.ConfigurationError: if there is no backend, or several to choose from.
        """
        placement = djelme_registry.placement(cls, using)
        expressions = _expressions(placement, index)
        return cls._search(placement.backend, expressions)

    @classmethod
    def asearch(cls, using: str | None = None, index: str | None = None) -> Any:
        """Return the DSL's asynchronous search over all records of this type.

        It is made without waiting, within a running event loop; its ``execute()``, ``count()`` and
        iteration are awaited. The arguments are those of `search`.

        Raises:
            djelme.errors.ConfigurationError: if the imp's client isn't asynchronous, if there is no
                backend, or several to choose from.
        """
        placement = djelme_registry.placement(cls, using)
        expressions = _expressions(placement, index)
        return cls._search(placement.backend, expressions, asynchronous=True)

    @classmethod
    def _search(
        cls, backend: Any, expressions: tuple[str, ...], *, asynchronous: bool = False
    ) -> Any:
        """Return the DSL's search over indexes, with hits that are instances of this type."""
        client = backend.async_client if asynchronous else backend.client
        search_class = cls.search_class(backend, asynchronous=asynchronous)
        search = search_class(using=client, index=list(expressions), doc_type=[cls])
        # Whatever its index is called, a hit of this search is of this type: it may lie in another
        # backend's index, or behind an alias that has the name.
        search._doc_type_map = dict.fromkeys(_HIT_TYPES, cls)
        search = search.params(ignore_unavailable=True, allow_no_indices=True)
        requested = cls._doc_values.requested
        return search.extra(docvalue_fields=list(requested)) if requested else search

    @classmethod
    def search_class(cls, backend: Any, *, asynchronous: bool) -> Any:  # noqa: ARG003 - for reports
        """Return the DSL's class of searches over records of this type."""
        return cls._async_search_class if asynchronous else cls._search_class

    @classmethod
    def lost_fields(cls) -> tuple[str, ...]:
        """Return the names of the fields that are stored but that no search gives back.

        There are none if the type keeps its ``_source``. Otherwise they are those without doc
        values, which can still be searched for.
        """
        return cls._doc_values.lost

    @classmethod
    def fields_without_source(cls) -> frozenset[str]:
        """Return the names of the fields that the ``_source`` doesn't keep, wholly or in part."""
        return cls._doc_values.missing

    @classmethod
    def field_type(cls, name: str) -> str:
        """Return the type that Elasticsearch has a field as."""
        field_type: str = cls._doc_type.mapping[name].name
        return field_type

    @classmethod
    def get(cls, id: str, *, using: str | None = None, index: str | None = None) -> Self:  # noqa: A002 - the DSL's name for it
        """Return the record with an id.

        Args:
            id: the document id.
            using: name of a backend, in place of the type's own.
            index: name of its index. With it the record is found as soon as it is stored, without
                it after the next refresh, since then all indexes of the type are searched.

        Raises:
            TypeError: if `id` or `index` is no string.
            ValueError: if it is empty.
            djelme.errors.RecordNotFoundError: if there is none.
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        placement = djelme_registry.placement(cls, using)
        id, index = checked_id(id), checked_index(index)  # noqa: A001 - the DSL's name for it
        if isinstance(placement.naming, SingleIndexNaming):
            index = index or placement.naming.base
        expressions = (index,) if index is not None else placement.all_indexes()
        hit = placement.backend.get_document(
            expressions,
            id,
            realtime=index is not None,
            doc_values=cls._doc_values.requested,
        )
        if hit is None:
            error = RecordNotFoundError(recordtype=cls.djelme.label, id=id)
            raise placement.backend.not_found(error)
        return cls.from_es(hit)

    @classmethod
    def exists(cls, id: str, *, using: str | None = None, index: str | None = None) -> bool:  # noqa: A002 - the DSL's name for it
        """Return whether there is a record with an id; see `get` for the arguments.

        Raises:
            TypeError: if `id` or `index` is no string.
            ValueError: if it is empty.
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        try:
            cls.get(id, using=using, index=index)
        except RecordNotFoundError:
            return False
        return True

    @classmethod
    def get_timeseries_template(cls, using: str | None = None) -> Any:
        """Return the DSL's index template of this type, with ``to_dict()``."""
        placement = djelme_registry.placement(cls, using)
        return cls._template_class(
            placement.naming.template_name,
            placement.pattern,
            index=cls._declared_index,
        )

    @classmethod
    def field_queries(cls) -> dict[str, Callable[[str, Any], dict[str, Any] | None]]:
        """Return what searches ask in place of queries on fields that used to be otherwise.

        By name of the field; given the kind of a query and its parameters.
        """
        return {}

    @classmethod
    def guessed_fields(cls) -> tuple[str, ...]:
        """Return the paths of fields of inner documents that an annotation made keywords."""
        dsl_module = cast("Any", type(cls)).dsl_module
        fields = cls._doc_type.mapping.properties.properties.to_dict()
        return tuple(
            path
            for name, field in fields.items()
            for path in guessed_paths(name, field, dsl_module)
        )

    @classmethod
    def field_mappings(cls) -> dict[str, Any]:
        """Return the fields as Elasticsearch's mapping has them, by name."""
        fields = cls._doc_type.mapping.properties.properties.to_dict()
        return {name: field.to_dict() for name, field in fields.items()}

    @classmethod
    def init(cls, index: str | None = None, using: str | None = None) -> None:
        """Create or update the index template, in place of the DSL's single index.

        Raises:
            RecordTypeError: if an index is named; djelme names indexes by time.
        """
        if index is not None:
            msg = "init() takes no index: indexes are made when a record needs them"
            raise RecordTypeError(msg, recordtype=cls.__name__)
        cls.sync_index_template(using)

    # What the DSL's own methods ask for.

    @property
    def _index(self) -> Any:
        return cast("Any", type(self))._index

    def _get_index(self, index: str | None = None, required: bool = True) -> str | None:  # noqa: ARG002 - as the DSL has it
        return index or getattr(self.meta, "index", None) or self.djelme_index_name()

    @classmethod
    def _matches(cls, hit: Any) -> bool:
        # The DSL asks this of searches over several types; those of one type don't need it.
        return any(
            djelme_registry.placement(cls, name).naming.owns(hit.get("_index", ""))
            for name in djelme_registry.backend_names_of(cls)
        )

    @classmethod
    def _default_index(cls, index: str | None = None) -> str:
        return index or ",".join(djelme_registry.placement(cls).all_indexes())

    @classmethod
    def _get_connection(cls, using: str | None = None) -> Any:
        backend: Any = cls.get_backend(using)
        return backend.client


def _expressions(placement: Placement, index: str | None) -> tuple[str, ...]:
    given = checked_index(index)
    return placement.all_indexes() if given is None else tuple(given.split(","))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return getattr(value, "value", value)
