"""Records of usage of which double-clicks count once; see `elasticsearch_metrics.double_click`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from djelme.bulk import Operation
from djelme.document_id import derive_document_id
from djelme.errors import RecordTypeError
from djelme.field import MISSING
from djelme.session import click_window, milliseconds
from elasticsearch_metrics.async_record import AsyncRecord
from elasticsearch_metrics.double_click import drop_double_clicks, drop_neighbours
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.timeseries import TimestampedRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from elasticsearch_metrics.placement import Placement

__all__ = ("ClickRecord",)


class ClickRecord(TimestampedRecord, AsyncRecord):
    """A record that may be a click on an item, in a session-hour.

    Attributes:
        DOUBLE_CLICK_FIELDS: names of the fields that say what was clicked on. Records with an
            ``item_iri`` that agree in them, in one session-hour and at most 30 seconds apart, are
            double-clicks, of which only the last one counts. Add what tells different actions on an
            item apart; empty to keep every click.
    """

    DOUBLE_CLICK_FIELDS: ClassVar[tuple[str, ...]] = ("platform_iri", "database_iri", "item_iri")

    @classmethod
    def check_declaration(cls) -> None:
        """Check that the fields of double-clicks can be compared.

        Raises:
            RecordTypeError: if the declaration can't work.
        """
        super().check_declaration()
        fields = cls.djelme.fields
        for name in cls.DOUBLE_CLICK_FIELDS:
            if name not in fields or fields[name].multi:
                msg = f"DOUBLE_CLICK_FIELDS names {name!r}, which is no field with one value"
                raise RecordTypeError(msg, recordtype=cls.__name__)

    # Storing.

    @classmethod
    def record(cls, *, using: str | Literal[False] | None = None, **fields: Any) -> Self:
        """Check and store one record; see `BaseRecord.record`."""
        record = super().record(using=using, **fields)
        if using is not False:
            cls._drop_neighbours(using, record)
        return record

    @classmethod
    async def arecord(cls, *, using: str | Literal[False] | None = None, **fields: Any) -> Self:
        """Do the same as `record` without blocking the event loop."""
        record = await super().arecord(using=using, **fields)
        if using is not False:
            await asyncio.to_thread(cls._drop_neighbours, using, record)
        return record

    def save(self, using: str | None = None, index: str | None = None) -> str:
        """Check and store this record; see `BaseRecord.save`."""
        outcome = super().save(using, index)
        self._drop_neighbours(using, self)
        return outcome

    async def asave(self, using: str | None = None, index: str | None = None) -> str:
        """Do the same as `save` without blocking the event loop."""
        outcome = await super().asave(using, index)
        await asyncio.to_thread(self._drop_neighbours, using, self)
        return outcome

    @classmethod
    def filter_double_clicks(
        cls, from_when: object, until_when: object, using: str | None = None
    ) -> int:
        """Delete the clicks of a range of time that double-clicks superseded.

        With direct delivery, `record` and `save` see to that themselves. After bulks, and with
        other deliveries, it is needed before figures are final: double-clicks across the border of
        two half minutes are left till then. Running it again does no harm.

        Args:
            from_when: first moment, in the forms that `search_timeseries_range` takes.
            until_when: first moment after the range.
            using: name of a backend, in place of the type's own.

        Returns:
            How many were deleted.

        Raises:
            TypeError: if a bound is nothing of the kind.
            ValueError: if a bound is empty or impossible, or the range ends before it begins.
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        if not cls.DOUBLE_CLICK_FIELDS:
            return 0
        return drop_double_clicks(cls, from_when, until_when, using)

    @classmethod
    def click_id(cls, values: Mapping[str, Any], window: int) -> str:
        """Return the document id for what was clicked on, in one session-hour and window of time.

        Args:
            values: of the record.
            window: from `djelme.session.click_window`.
        """
        what = [cls._clicked(name, values) for name in cls.DOUBLE_CLICK_FIELDS]
        return derive_document_id([cls.__name__, values["sessionhour_id"], *what, window])

    @classmethod
    def _clicked(cls, name: str, values: Mapping[str, Any]) -> Any:
        default = cls.djelme.fields[name].default
        # A new record has no values yet for what has a default.
        value = values.get(name, None if default is MISSING else default)
        return getattr(value, "value", value)

    @classmethod
    def unique_id(cls, values: Mapping[str, Any]) -> str | None:
        """Return the id that a record shares with those that it replaces; None for none."""
        if cls.UNIQUE_TOGETHER_FIELDS or not cls._is_click(values):
            return super().unique_id(values)
        return cls.click_id(values, click_window(values["timestamp"]))

    def get_operation(self, placement: Placement, index: str | None = None) -> Operation:
        """Return what is sent for this instance, and give it its id."""
        stored_id = None if self._new_id is not None else getattr(self.meta, "id", None)
        operation = super().get_operation(placement, index)
        if stored_id in {None, operation.id}:
            return self._versioned(operation, self.get_values())
        # It came from an older index, and stays where it is.
        return Operation(operation.index, stored_id, operation.source, create=False)

    @classmethod
    def completed_operation(cls, values: Mapping[str, Any], placement: Placement) -> Operation:
        """Return what is sent for a new record with values that `completed` has returned."""
        return cls._versioned(super().completed_operation(values, placement), values)

    @classmethod
    def _versioned(cls, operation: Operation, values: Mapping[str, Any]) -> Operation:
        """Return an operation that replaces no later click, if it is about a click."""
        moment = milliseconds(values["timestamp"])
        if cls.UNIQUE_TOGETHER_FIELDS or not cls._is_click(values) or moment < 0:
            return operation
        return Operation(
            operation.index, operation.id, operation.source, create=False, version=moment
        )

    @classmethod
    def _is_click(cls, values: Mapping[str, Any]) -> bool:
        return bool(cls.DOUBLE_CLICK_FIELDS and values.get("item_iri"))

    @classmethod
    def _drop_neighbours(cls, using: str | None, record: Self) -> None:
        placement = djelme_registry.placement(cls, using)
        if cls.UNIQUE_TOGETHER_FIELDS or not placement.backend.delivery.is_direct:
            return
        values = record.get_values()
        if cls._is_click(values):
            drop_neighbours(placement, record.meta.index, values)
