"""What a migration's class answers, depending on the phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.migration.conversion import Conversion, ConversionError
from elasticsearch_metrics.migration.errors import MigrationError
from elasticsearch_metrics.migration.lookup import lookup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch_metrics.migration.declaration import Migration

__all__ = ("current_recordtype", "record")


def current_recordtype(migration: type[Migration]) -> type[Any]:
    """Return the record type that is to be asked now."""
    phase = lookup.current(migration).phase
    return migration.target if phase.asks_target else migration.source


def record(migration: type[Migration], fields: Mapping[str, Any]) -> Any:
    """Store a record, given by the fields of the source, where records are to go now."""
    source = migration.source
    if current_recordtype(migration) is source:
        return source.record(**fields)
    # The same checks and defaults as before cutover, whatever the target is like.
    values = source.djelme.validator.clean(source.completed(fields))
    conversion = Conversion(migration)
    hit = conversion.hit(source.index_name(values), None, values)
    try:
        documents = conversion.convert(hit)
    except ConversionError as error:
        raise MigrationError(str(error), migration=migration.name) from error
    stored = [migration.target.record(**document) for document in documents]
    return stored[0] if stored else None
