"""What the rest of the glue expects of a record type, so that it has to know no class of one.

The classes are in `elasticsearch_metrics.recordtype`, whose `base` describes these methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from djelme import contracts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from typing_extensions import Self

    from djelme.bulk import BulkResult
    from djelme.contracts import Backend, IndexStatus
    from djelme.naming import IndexNaming
    from djelme.operation import Operation
    from djelme.timedepth import Timedepth
    from elasticsearch_metrics.declaration.definition import RecordDefinition

__all__ = ("Place", "RecordType")


class Place(Protocol):
    """Where records of a type go, as far as the type has to know.

    Attributes:
        naming: the names of the type's indexes.
        backend: the cluster.
        in_bulk: whether the records come in a bulk.
    """

    @property
    def naming(self) -> IndexNaming: ...
    @property
    def backend(self) -> Backend: ...
    @property
    def in_bulk(self) -> bool: ...


# ruff: noqa: D102 - `BaseRecord` describes them
class RecordType(contracts.RecordType, Protocol):
    """A record type of any imp."""

    djelme: ClassVar[RecordDefinition]
    #: A str, or None where a type has no time. Any, as some types narrow it.
    TIME_FIELD: ClassVar[Any]
    UNIQUE_TOGETHER_FIELDS: ClassVar[Iterable[str]]

    # Names and backend.
    @classmethod
    def require_concrete(cls) -> None: ...
    @classmethod
    def make_naming(cls, base: str, timedepth: Timedepth) -> IndexNaming: ...
    @classmethod
    def get_backend(cls, using: str | None = None) -> Backend: ...
    @classmethod
    def get_timeseries_template(cls, using: str | None = None) -> Any: ...
    @classmethod
    def get_timeseries_template_pattern(cls) -> str: ...

    # Fields.
    @classmethod
    def lost_fields(cls) -> tuple[str, ...]: ...
    @classmethod
    def guessed_fields(cls) -> tuple[str, ...]: ...
    @classmethod
    def field_type(cls, name: str) -> str: ...
    def get_values(self) -> dict[str, Any]: ...

    # Storing.
    @classmethod
    def record(cls, **fields: Any) -> Self: ...
    @classmethod
    def bulk_record(cls, records: Iterable[Mapping[str, Any] | Self]) -> BulkResult: ...
    @classmethod
    def prepared(cls, values: Mapping[str, Any]) -> Self: ...
    @classmethod
    def completed(cls, values: Mapping[str, Any]) -> Mapping[str, Any]: ...
    @classmethod
    def completed_operation(cls, values: Mapping[str, Any], placement: Place) -> Operation: ...
    @classmethod
    def from_sent(cls, operation: Operation) -> Self: ...
    @property
    def has_id(self) -> bool: ...
    def get_operation(self, placement: Place, index: str | None = None) -> Operation: ...
    def mark_stored(self, operation: Operation) -> None: ...

    # Reading.
    @classmethod
    def visible_query(cls, query: Any, using: str | None = None) -> Any: ...
    @classmethod
    def refresh(cls, using: str | None = None) -> None: ...
    @classmethod
    def each_existing_index(cls, using: str | None = None) -> Iterator[IndexStatus]: ...
