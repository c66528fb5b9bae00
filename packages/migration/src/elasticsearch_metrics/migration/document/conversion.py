"""Make documents of the target from those of the source, and the other way."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

from djelme.errors import RecordValidationError
from djelme.operation import Operation
from elasticsearch_metrics.migration.document.field_mapping import FieldMapping
from elasticsearch_metrics.migration.document.hit import Hit, HitMeta
from elasticsearch_metrics.migration.document.identity import Identity
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch_metrics.migration.specification import MigrationSpecification
    from elasticsearch_metrics.recordtype.base import BaseRecord

__all__ = ("Conversion", "ConversionError")


class ConversionError(Exception):
    """A document can't be converted; the reason is the message. Caught within this package."""


class Conversion:
    """What becomes of the documents of one migration's source.

    Args:
        migration: the migration.

    Attributes:
        is_default: fields are mapped by name, one document for one.
        identity: the ids of documents.
        field_mapping: what the record types have in common.
    """

    def __init__(self, migration: type[MigrationSpecification]) -> None:
        self.migration = migration
        self.source: type[BaseRecord] = migration.source
        self.target: type[BaseRecord] = migration.target
        self._source_fields = self.source.djelme.fields
        self._instance = migration()
        self.is_default = not migration.has_convert()
        self.field_mapping = FieldMapping(self._source_fields, self.target.djelme.fields)
        self._back = FieldMapping(self.target.djelme.fields, self._source_fields, may_narrow=True)
        source_base = djelme_registry.placement(self.source).naming.base
        self.identity = Identity(self.source, self.target, source_base)

    # From the source to the target.

    def hit(self, index: str, id: str | None, values: Mapping[str, Any]) -> Hit:  # noqa: A002 - its name in Elasticsearch
        """Return a document as ``convert`` sees it; `values` are those of the source's decoder."""
        return Hit(self._source_fields, HitMeta(index, id), values)

    def convert(self, hit: Hit) -> list[dict[str, Any]]:
        """Return the values of the target's documents for a hit.

        Raises:
            ConversionError: if that fails.
        """
        if self.is_default:
            return [self.field_mapping.map(hit)]
        try:
            converted = self._instance.convert(hit)
            return [dict(values) for values in converted or ()]
        except Exception as error:
            # Whatever the site's code raises concerns this document, and the others go on.
            msg = f"convert() raised {type(error).__name__}: {error}"
            raise ConversionError(msg) from error

    def operations(
        self,
        index: str,
        id: str,  # noqa: A002 - its name in Elasticsearch
        values: Mapping[str, Any],
        *,
        create: bool,
    ) -> list[Operation]:
        """Return what is sent to the target for a document of the source.

        Args:
            index: name of its index.
            id: its id.
            values: its values, as the source's decoder gives them.
            create: leave what the target has already.

        Raises:
            ConversionError: if the document doesn't fit.
        """
        documents = (
            # The same as convert() gives, without the detour: this is the way of every document.
            [self.field_mapping.map(values)]
            if self.is_default
            else self.convert(self.hit(index, id, values))
        )
        found = []
        for ordinal, document in enumerate(documents):
            made_index, unique, source = self._make(self.target, document)
            target_id = unique or self.identity.target_id(index, id, ordinal)
            found.append(Operation(made_index, target_id, source, create))
        return found

    def operations_of(self, operation: Operation) -> list[Operation]:
        """Return what is sent to the target for something that was sent to the source.

        Raises:
            ConversionError: if it doesn't fit.
        """
        values = self.source.djelme.decoder.decode(json.loads(operation.source))
        if not self._is_within(values.get(self.source.TIME_FIELD or "")):
            return []
        create = operation.create and not self.identity.is_target_unique
        return self.operations(operation.index, operation.id, values, create=create)

    # Back from the target to the source.

    @property
    def copy_back_obstacle(self) -> str | None:
        """Why records of the target can't be copied back to the source, None if they can."""
        if self.identity.is_source_unique != self.identity.is_target_unique:
            return "only one of the record types has UNIQUE_TOGETHER_FIELDS"
        if self.migration.has_revert():
            return None
        if not self.is_default:
            return "the migration has convert() but no revert()"
        missing = [
            incompatible
            for incompatible in self._back.incompatible_fields
            if not incompatible.is_dropped
        ]
        if missing:
            return f"field {missing[0].field!r}: {missing[0].reason} (seen from the target)"
        return None

    def reverted(
        self,
        index: str,
        id: str,  # noqa: A002 - its name in Elasticsearch
        values: Mapping[str, Any],
    ) -> Operation | None:
        """Return what is sent to the source for a document that only the target has.

        Returns:
            None if ``revert`` says that the source has nothing of the kind.

        Raises:
            ConversionError: if it doesn't fit.
        """
        if self.migration.has_revert():
            hit = Hit(self.target.djelme.fields, HitMeta(index, id), values)
            try:
                reverted = self._instance.revert(hit)
            except Exception as error:
                msg = f"revert() raised {type(error).__name__}: {error}"
                raise ConversionError(msg) from error
            if reverted is None:
                return None
            document = dict(reverted)
        else:
            document = self._back.map(values)
        made_index, unique, source = self._make(self.source, document)
        return Operation(made_index, unique or self.identity.source_id(id), source, create=False)

    def reverted_of(self, operation: Operation) -> Operation | None:
        """Return what is sent to the source for something that was sent to the target."""
        values = self.target.djelme.decoder.decode(json.loads(operation.source))
        return self.reverted(operation.index, operation.id, values)

    def _is_within(self, moment: Any) -> bool:
        """Return whether a time is within the migration's bounds."""
        start, end = self.migration.bounds()
        if not isinstance(moment, datetime.datetime):
            return start is None and end is None
        return (start is None or start <= moment) and (end is None or moment < end)

    def _make(
        self, recordtype: type[BaseRecord], values: dict[str, Any]
    ) -> tuple[str, str | None, bytes]:
        """Return the index of a document, the id that unique fields give it, and its JSON."""
        time_field = recordtype.TIME_FIELD
        if time_field is not None and not isinstance(values.get(time_field), datetime.datetime):
            # The present moment, which a new record gets, would be wrong for an old one.
            msg = f"the document has no usable {time_field} ({values.get(time_field)!r:.60})"
            raise ConversionError(msg)
        try:
            values = dict(recordtype.completed(values))
            source = recordtype.djelme.encoder.encode(values)
            index = recordtype.index_name(values, djelme_registry.placement(recordtype))
            return index, recordtype.unique_id(values), source
        except RecordValidationError as error:
            raise ConversionError(str(error)) from error
