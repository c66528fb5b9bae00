"""Records for tests, filled with values that are valid and always the same."""

from __future__ import annotations

import datetime
import itertools
from typing import TYPE_CHECKING, Any

from djelme.field import FieldSpec, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("RecordFactory", "make_record")

_START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
_LEAST_MAXIMUM = 128  # of the smallest integers


class RecordFactory:
    """Makes records of one type.

    Fields that the type requires get a value that follows from the field and from how many records
    the factory has made: 1, 2, 3; ``"path-1"``, ``"path-2"``; days of January 2026. All others are
    left out, so that they have their defaults.

    Args:
        recordtype: the record type.
        **fields: values for all records; a callable is called with the number of the record.

    ::

        usage = RecordFactory(UsageRecord, path="/")
        usage.record(item_id=7)
        usage.record_many(10)
    """

    def __init__(self, recordtype: Any, **fields: Any) -> None:
        self.recordtype = recordtype
        self._fields = fields
        self._numbers = itertools.count(1)

    def values(self, **fields: Any) -> dict[str, Any]:
        """Return the values of the next record, without making it.

        Args:
            **fields: values for this one.

        Raises:
            ValueError: if a field is required and no value for it can be guessed.
        """
        number = next(self._numbers)
        given = {
            name: value(number) if callable(value) else value
            for name, value in (self._fields | fields).items()
        }
        specs: dict[str, FieldSpec] = self.recordtype.djelme.fields
        filled = {
            name: self._value(spec, number)
            for name, spec in specs.items()
            if spec.required and name not in given
        }
        return {**filled, **self._of_kind(number, given), **given}

    def build(self, **fields: Any) -> Any:
        """Return the next record, complete and checked but not stored.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value.
        """
        return self.recordtype.prepared(self.values(**fields))

    def record(self, **fields: Any) -> Any:
        """Store the next record and return it.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value.
        """
        return self.recordtype.record(**self.values(**fields))

    def record_many(self, number: int, **fields: Any) -> list[Any]:
        """Store as many records and return them."""
        return [self.record(**fields) for _ in range(number)]

    def _of_kind(self, number: int, given: dict[str, Any]) -> dict[str, Any]:
        """Return what some kinds of record types require although their fields don't say so."""
        filled: dict[str, Any] = {}
        if hasattr(self.recordtype, "CYCLE_TIMEDEPTH") and "cycle_coverage" not in given:
            filled["cycle_coverage"] = _START + datetime.timedelta(days=366 * (number - 1))
        session = {"sessionhour_id", "user_id", "client_session_id", "request_host"}
        if hasattr(self.recordtype, "DOUBLE_CLICK_FIELDS"):
            if not session & given.keys():
                filled["sessionhour_id"] = f"sessionhour-{number}"
            if not {"item_iri", "database_iri", "platform_iri"} & given.keys():
                filled["item_iri"] = f"urn:item-{number}"
        return filled

    def _value(self, spec: FieldSpec, number: int) -> Any:
        choices = list(spec.enum_type) if spec.enum_type is not None else spec.choices
        if choices:
            return choices[(number - 1) % len(choices)]
        make = _VALUES.get(spec.kind)
        if make is None:
            msg = (
                f"{self.recordtype.__name__}.{spec.name} is required, and its class doesn't tell "
                f"what it holds; give the factory a value for it"
            )
            raise ValueError(msg)
        return make(spec, number)


def make_record(recordtype: Any, **fields: Any) -> Any:
    """Store one record of a type and return it; see `RecordFactory`.

    Raises:
        djelme.errors.RecordValidationError: for a wrong value.
    """
    return RecordFactory(recordtype).record(**fields)


def _integer(_spec: FieldSpec, number: int) -> int:
    return number % _LEAST_MAXIMUM


def _number(_spec: FieldSpec, number: int) -> float:
    return float(number)


def _string(spec: FieldSpec, number: int) -> str:
    text = f"{spec.name}-{number}"
    return text if spec.max_bytes is None else text.encode()[-spec.max_bytes :].decode()


_VALUES: dict[Kind, Callable[[FieldSpec, int], Any]] = {
    Kind.KEYWORD: _string,
    Kind.TEXT: _string,
    Kind.LONG: lambda _spec, number: number,
    Kind.INTEGER: lambda _spec, number: number,
    Kind.SHORT: lambda _spec, number: number % 2**15,
    Kind.BYTE: _integer,
    Kind.DOUBLE: _number,
    Kind.FLOAT: _number,
    Kind.BOOLEAN: lambda _spec, number: number % 2 == 1,
    Kind.DATETIME: lambda _spec, number: _START + datetime.timedelta(days=number - 1),
    Kind.DATE: lambda _spec, number: _START.date() + datetime.timedelta(days=number - 1),
}
