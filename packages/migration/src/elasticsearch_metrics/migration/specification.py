"""What the machinery expects of a migration, so that it has to know no class of one.

The class that sites inherit from is `elasticsearch_metrics.migration.declaration.Migration`, which
describes these names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping

__all__ = ("MigrationSpecification",)


# ruff: noqa: D102 - `Migration` describes them
class MigrationSpecification(Protocol):
    """A migration from one record type to another."""

    #: Record types of any imp.
    source: ClassVar[type[Any]]
    target: ClassVar[type[Any]]
    app_label: ClassVar[str]
    #: ``app_label.ClassName``.
    name: ClassVar[str]

    @classmethod
    def bounds(cls) -> tuple[datetime.datetime | None, datetime.datetime | None]: ...

    @classmethod
    def has_convert(cls) -> bool: ...
    def convert(self, hit: Any) -> Iterable[Mapping[str, Any]]: ...

    @classmethod
    def has_revert(cls) -> bool: ...
    def revert(self, hit: Any) -> Mapping[str, Any] | None: ...
