"""What a migration's class answers, depending on the phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.migration.document.conversion import Conversion, ConversionError
from elasticsearch_metrics.migration.errors import MigrationError
from elasticsearch_metrics.migration.state.phase_cache import lookup
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djelme.bulk import BulkResult
    from elasticsearch_metrics.migration.declaration import Migration

__all__ = ("bulk_record", "current_recordtype", "record")


def current_recordtype(migration: type[Migration], *, writes: bool = False) -> type[Any]:
    """Return the record type that is to be asked now, or written to."""
    phase = lookup.current(migration, writes=writes).phase
    return migration.target if phase.asks_target else migration.source


def record(migration: type[Migration], fields: Mapping[str, Any]) -> Any:
    """Store a record, given by the fields of the source, where records are to go now."""
    source = migration.source
    if current_recordtype(migration, writes=True) is source:
        return source.record(**fields)
    documents = _converted(Conversion(migration), fields)
    stored = [migration.target.record(**document) for document in documents]
    return stored[0] if stored else None


def bulk_record(
    migration: type[Migration], records: Iterable[Mapping[str, Any]], **options: Any
) -> BulkResult:
    """Store many records, given by the fields of the source, where records are to go now."""
    recordtype = current_recordtype(migration, writes=True)
    if recordtype is not migration.source:
        conversion = Conversion(migration)
        given = records
        records = (document for record in given for document in _converted(conversion, record))
    result: BulkResult = recordtype.bulk_record(records, **options)
    return result


def _converted(conversion: Conversion, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the target's values for a record that is new."""
    source = conversion.source
    # The same checks and defaults as before cutover, whatever the target is like.
    values = source.djelme.validator.clean(source.completed(fields))
    index = source.index_name(values, djelme_registry.placement(source))
    try:
        return conversion.convert(conversion.hit(index, None, values))
    except ConversionError as error:
        raise MigrationError(str(error), migration=conversion.migration.name) from error
