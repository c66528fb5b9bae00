"""Records of usage of which double-clicks count once, by the rule in `double_click`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from djelme.document_id import derive_document_id
from djelme.errors import RecordTypeError
from djelme.field import MISSING
from djelme.operation import Operation
from djelme.session import click_window, milliseconds
from elasticsearch_metrics.counter.double_click import drop_double_clicks, drop_neighbours
from elasticsearch_metrics.declaration.field_type import COUNTABLE_TYPES
from elasticsearch_metrics.recordtype.asynchronous import AsyncRecord
from elasticsearch_metrics.recordtype.timeseries import TimestampedRecord
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from elasticsearch_metrics.declaration.contract import Place

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
        """Check that the fields of double-clicks can be compared, and read again.

        Raises:
            RecordTypeError: if the declaration can't work.
        """
        super().check_declaration()
        names = cls.DOUBLE_CLICK_FIELDS
        if isinstance(names, str) or not all(isinstance(name, str) for name in names):
            problem = f"should be a tuple of names of fields, not {names!r}"
        else:
            problem = next((text for name in names if (text := cls._why_no_identity(name))), "")
            unread = [name for name in cls.click_fields() if name in cls.fields_without_source()]
            if not problem and names and unread:
                problem = (
                    f"can't work: what was clicked on is told by what was stored, and the "
                    f"_source doesn't keep {unread[0]!r}; keep it (Meta.source), or keep every "
                    f"click with DOUBLE_CLICK_FIELDS = ()"
                )
        if problem:
            msg = f"DOUBLE_CLICK_FIELDS {problem}"
            raise RecordTypeError(msg, recordtype=cls.__name__)

    @classmethod
    def _why_no_identity(cls, name: str) -> str:
        """Return why a field can't say what was clicked on; empty if it can."""
        spec = cls.djelme.fields.get(name)
        if spec is None or spec.multi:
            return f"names {name!r}, which is no field with one value"
        if name == cls.TIME_FIELD:
            return f"names {name!r}, by which no two clicks would be on the same thing"
        type_name = cls.field_type(name)
        if type_name not in COUNTABLE_TYPES:
            kinds = "keywords, numbers, booleans, dates and their like"
            return f"names {name!r}, a field of type {type_name}; it can name {kinds}"
        return ""

    @classmethod
    def click_fields(cls) -> tuple[str, ...]:
        """Return the fields that tell whether two clicks are a double-click."""
        return (cls.TIME_FIELD, "sessionhour_id", "item_iri", *cls.DOUBLE_CLICK_FIELDS)

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
        other deliveries, it is needed before figures are final: all clicks are left till then.
        Running it again does no harm.

        Args:
            from_when: first moment, in the forms that `search_timeseries_range` takes.
            until_when: first moment after the range.
            using: name of a backend, in place of the type's own.

        Returns:
            How many were deleted.

        Raises:
            TypeError: if a bound is nothing of the kind.
            ValueError: if a bound is empty or impossible, or the range ends before it begins.
            RecordTypeError: if an index doesn't keep what was clicked on in its ``_source``.
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        if not cls.DOUBLE_CLICK_FIELDS:
            return 0
        return drop_double_clicks(cls, from_when, until_when, using)

    @classmethod
    def click_key(cls, values: Mapping[str, Any]) -> str | None:
        """Return what two clicks of one session-hour on the same thing have in common.

        The one place that decides it, by the values themselves: those that are about to be stored,
        and those of a ``_source``.

        Args:
            values: of the record.

        Returns:
            None if the record isn't about a click, or not by anybody.
        """
        if not cls._is_click(values) or not values.get("sessionhour_id"):
            return None
        return cls.click_id(values, 0)

    @classmethod
    def click_id(cls, values: Mapping[str, Any], window: int) -> str:
        """Return the document id for what was clicked on, in one session-hour and window of time.

        Args:
            values: of the record.
            window: from `djelme.session.click_window`.
        """
        return derive_document_id([*cls._click_parts(values), window])

    @classmethod
    def _click_parts(cls, values: Mapping[str, Any]) -> list[Any]:
        what = [cls._clicked(name, values) for name in cls.DOUBLE_CLICK_FIELDS]
        return [cls.__name__, values["sessionhour_id"], *what]

    @classmethod
    def _clicked(cls, name: str, values: Mapping[str, Any]) -> Any:
        default = cls.djelme.fields[name].default
        # A new record has no values yet for what has a default.
        value = values.get(name, None if default is MISSING else default)
        return getattr(value, "value", value)

    @classmethod
    def unique_id(cls, values: Mapping[str, Any]) -> str | None:
        """Return the id that a record shares with those that it replaces; None for none.

        Only the same click at the same millisecond replaces a click: whoever looks at a series
        later needs all of it.
        """
        if cls.UNIQUE_TOGETHER_FIELDS or not cls._is_click(values):
            return super().unique_id(values)
        moment = milliseconds(values["timestamp"])
        return derive_document_id([*cls._click_parts(values), "at", moment])

    def get_operation(self, placement: Place, index: str | None = None) -> Operation:
        """Return what is sent for this instance, and give it its id."""
        stored_id = None if self._new_id is not None else getattr(self.meta, "id", None)
        operation = super().get_operation(placement, index)
        values = self.get_values()
        if stored_id in {None, operation.id}:
            return self._as_click(operation, values, placement)
        if self._is_click(values) and not self.UNIQUE_TOGETHER_FIELDS:
            click_id = self.click_id(values, click_window(values["timestamp"]))
            if stored_id == click_id:
                return self._versioned(operation, click_id, values)
        # It came from an older index, and stays where it is.
        return Operation(operation.index, stored_id, operation.source, create=False)

    @classmethod
    def completed_operation(cls, values: Mapping[str, Any], placement: Place) -> Operation:
        """Return what is sent for a new record with values that `completed` has returned."""
        operation = super().completed_operation(values, placement)
        return cls._as_click(operation, values, placement)

    @classmethod
    def _as_click(
        cls, operation: Operation, values: Mapping[str, Any], placement: Place
    ) -> Operation:
        """Return an operation that replaces no later click, if it is about a click."""
        if cls.UNIQUE_TOGETHER_FIELDS or not cls._is_click(values):
            return operation
        document_id = operation.id
        if cls._looks_at_once(placement):
            document_id = cls.click_id(values, click_window(values["timestamp"]))
        return cls._versioned(operation, document_id, values)

    @staticmethod
    def _versioned(operation: Operation, document_id: str, values: Mapping[str, Any]) -> Operation:
        moment = milliseconds(values["timestamp"])
        version = moment if moment >= 0 else None
        return Operation(
            operation.index, document_id, operation.source, create=False, version=version
        )

    @staticmethod
    def _looks_at_once(placement: Place) -> bool:
        """Return whether each click is compared with its neighbours as soon as it is stored."""
        return not placement.in_bulk and placement.backend.delivery.is_direct

    @classmethod
    def _is_click(cls, values: Mapping[str, Any]) -> bool:
        return bool(cls.DOUBLE_CLICK_FIELDS and values.get("item_iri"))

    @classmethod
    def _drop_neighbours(cls, using: str | None, record: Self) -> None:
        placement = djelme_registry.placement(cls, using)
        if cls.UNIQUE_TOGETHER_FIELDS or not cls._looks_at_once(placement):
            return
        values = record.get_values()
        if cls._is_click(values):
            drop_neighbours(cls, placement, record.meta.index, values)
