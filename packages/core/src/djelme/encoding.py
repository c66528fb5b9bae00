"""Encode records as JSON, with a function put together once per record type.

Validating and writing happen in one pass, field by field, with the standard library alone; the
result is one line, as a bulk request needs it.
"""

from __future__ import annotations

import datetime
import json
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from djelme.field import Kind
from djelme.timeparts import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from djelme.validation import FieldValidator, RecordValidator

__all__ = ("RecordEncoder",)


class RecordEncoder:
    """Writes the records of one type.

    Args:
        validator: the checks of the record type.
    """

    def __init__(self, validator: RecordValidator) -> None:
        self.validator = validator
        self._plan = [
            (name, f"{encode_basestring(name)}:", _writer(field), field)
            for name, field in validator.fields.items()
        ]

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Return a record as one line of JSON in UTF-8, without line ending.

        Fields that are None are left out: Elasticsearch knows no difference.

        Raises:
            RecordValidationError: for an unknown field, a missing one or a wrong value.
        """
        parts = []
        known = 0
        for name, key, write, field in self._plan:
            value = values.get(name)
            if value is not None:
                known += 1
                parts.append(key + write(value))
                continue
            if name in values:
                known += 1
            value = self.validator.given(field, values)
            if value is not None:
                parts.append(key + write(value))
        if known != len(values):
            self.validator.fail_unknown(values, values.keys() - self.validator.fields.keys())
        return f"{{{','.join(parts)}}}".encode()


def _writer(field: FieldValidator) -> Callable[[Any], str]:
    """Return the function that validates a field's value and writes it."""
    clean = field.clean
    if field.spec.kind is Kind.ANY:
        return _writer_of_anything(field)
    write = _WRITERS[field.spec.kind]
    if field.spec.enum_type is not None:
        write = _of_member(write)
    if field.spec.multi:
        return lambda value: f"[{','.join([write(item) for item in clean(value)])}]"
    return lambda value: write(clean(value))


def _of_member(write: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda member: write(member.value)


def _writer_of_anything(field: FieldValidator) -> Callable[[Any], str]:
    def write(value: Any) -> str:
        try:
            text = json.dumps(
                field.clean(value),
                allow_nan=False,
                default=_default,
                ensure_ascii=False,
                separators=(",", ":"),
            )
            text.encode()
        except (TypeError, ValueError):
            field.fail(value)
        return text

    return write


def _default(value: object) -> str:
    if isinstance(value, datetime.datetime):
        return format_timestamp(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    msg = f"{type(value).__name__} is no JSON"
    raise TypeError(msg)


def _quoted_date(value: datetime.date) -> str:
    return f'"{value.isoformat()}"'


def _quoted_timestamp(value: datetime.datetime) -> str:
    return f'"{format_timestamp(value)}"'


_WRITERS: dict[Kind, Callable[[Any], str]] = {
    Kind.KEYWORD: encode_basestring,
    Kind.TEXT: encode_basestring,
    Kind.LONG: int.__repr__,
    Kind.INTEGER: int.__repr__,
    Kind.SHORT: int.__repr__,
    Kind.BYTE: int.__repr__,
    Kind.DOUBLE: float.__repr__,
    Kind.FLOAT: float.__repr__,
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.DATETIME: _quoted_timestamp,
    Kind.DATE: _quoted_date,
}
