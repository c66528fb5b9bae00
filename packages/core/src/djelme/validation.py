"""Check the values of a record before anything is sent.

One checking function is made per field when its record type is declared, so that a record costs a
dictionary look-up and a call per field.
"""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Any, NoReturn

from djelme.errors import RecordValidationError
from djelme.field import FieldSpec, Kind
from djelme.timeparts import to_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ("INTEGER_BOUNDS", "KEYWORD_MAX_BYTES", "FieldValidator", "RecordValidator", "describe")

#: Longest term that Lucene indexes, in bytes of UTF-8 (``IndexWriter.MAX_TERM_LENGTH``).
KEYWORD_MAX_BYTES = 32_766

_INTEGER_BITS = {Kind.LONG: 64, Kind.INTEGER: 32, Kind.SHORT: 16, Kind.BYTE: 8}
#: Least and greatest value of each kind of integers.
INTEGER_BOUNDS = {
    kind: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for kind, bits in _INTEGER_BITS.items()
}
_SHOWN_CHARACTERS = 80


def describe(value: object) -> str:
    """Return type and shortened repr of a value, for messages."""
    if value is None:
        return "None"
    if isinstance(value, (str, bytes)) and len(value) > _SHOWN_CHARACTERS:
        text = f"{value[:_SHOWN_CHARACTERS]!r}… of length {len(value):,}"
    else:
        text = repr(value)
        if len(text) > _SHOWN_CHARACTERS:
            text = f"{text[:_SHOWN_CHARACTERS]}…"
    return f"{type(value).__name__} {text}"


class FieldValidator:
    """The check of one field.

    Attributes:
        spec: the field.
        expected: what is right, in words.
        clean: return the value as it is stored and shown (datetimes in UTC and milliseconds,
            members of an enumeration as such) or raise `RecordValidationError`.
    """

    def __init__(self, recordtype: str, spec: FieldSpec) -> None:
        self.recordtype = recordtype
        self.spec = spec
        scalar, self.expected = self._scalar()
        self.clean: Callable[[Any], Any] = scalar
        if spec.choices is not None:
            self.clean = self._choice()
        if spec.multi:
            self.expected = f"a list of values, each {self.expected}"
            self.clean = self._each(self.clean)
        if spec.listable:
            self.expected = f"{self.expected}, or a list of such values"
            self.clean = self._one_or_each(self.clean)

    def fail(self, value: object, expected: str = "") -> NoReturn:
        """Raise `RecordValidationError` for a value of this field."""
        raise RecordValidationError(
            recordtype=self.recordtype,
            field=self.spec.name,
            expected=expected or self.expected,
            found=describe(value),
        ) from None

    def _scalar(self) -> tuple[Callable[[Any], Any], str]:
        spec = self.spec
        if spec.kind in _INTEGER_BITS:
            return self._integer(spec.kind)
        bound = "" if spec.max_bytes is None else f" of at most {spec.max_bytes:,} bytes in UTF-8"
        zone = " with a time zone" if spec.refuse_naive else ""
        scalars: dict[Kind, tuple[Callable[[Any], Any], str]] = {
            Kind.DOUBLE: (self._number, "a finite float"),
            Kind.FLOAT: (self._number, "a finite float"),
            Kind.KEYWORD: (self._string, f"a str{bound}"),
            Kind.TEXT: (self._string, f"a str{bound}"),
            Kind.BOOLEAN: (self._boolean, "a bool"),
            Kind.DATETIME: (self._datetime, f"a datetime{zone}"),
            Kind.DATE: (self._date, "a date (without time)"),
            Kind.ANY: (_anything, "a value that JSON can hold"),
        }
        return scalars[spec.kind]

    def _integer(self, kind: Kind) -> tuple[Callable[[Any], int], str]:
        low, high = INTEGER_BOUNDS[kind]

        def clean(value: Any) -> int:
            if type(value) is not int:
                # Numbers of numpy and the like are no subclasses of int but know their value.
                if isinstance(value, (bool, str)) or not hasattr(value, "__index__"):
                    self.fail(value)
                value = value.__index__()
            if not low <= value <= high:
                self.fail(value)
            return value  # type: ignore[no-any-return]

        return clean, f"an int of {_INTEGER_BITS[kind]} bit ({low:,} to {high:,})"

    def _number(self, value: Any) -> float:
        if type(value) is not float:
            if isinstance(value, bool) or not (
                isinstance(value, (float, int)) or hasattr(value, "__index__")
            ):
                self.fail(value)
            try:
                value = float(value)
            except OverflowError:
                self.fail(value)
        if not math.isfinite(value):
            self.fail(value)
        return value  # type: ignore[no-any-return]

    def _string(self, value: Any) -> str:
        if not isinstance(value, str):
            self.fail(value)
        if value.isascii():
            size = len(value)
        else:
            try:
                size = len(value.encode())
            except UnicodeEncodeError:
                self.fail(value, "a str without lone surrogates (it has to be encoded as UTF-8)")
        if self.spec.max_bytes is not None and size > self.spec.max_bytes:
            self.fail(value)
        return value

    def _boolean(self, value: Any) -> bool:
        if value is not True and value is not False:
            self.fail(value)
        return value

    def _datetime(self, value: Any) -> datetime.datetime:
        # pandas' NaT is a datetime, but its year is no int.
        if not (isinstance(value, datetime.datetime) and isinstance(value.year, int)) or (
            self.spec.refuse_naive and value.utcoffset() is None
        ):
            self.fail(value)
        try:
            return to_utc(value)
        except (ValueError, OverflowError):
            self.fail(value, "a datetime between the years 1 and 9999 in UTC")

    def _date(self, value: Any) -> datetime.date:
        if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
            self.fail(value)
        return value

    def _choice(self) -> Callable[[Any], Any]:
        choices = self.spec.choices or ()
        enum_type = self.spec.enum_type
        self.expected = f"one of {', '.join(map(repr, choices))}"

        def clean(value: Any) -> Any:
            plain = value.value if enum_type and isinstance(value, enum_type) else value
            if isinstance(plain, bool) or plain not in choices:
                self.fail(value)
            return enum_type(plain) if enum_type else plain

        return clean

    def _each(self, clean: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
        def clean_each(values: Any) -> list[Any]:
            if not isinstance(values, (list, tuple)):
                self.fail(values)
            return [clean(value) for value in values]

        return clean_each

    def _one_or_each(self, clean: Callable[[Any], Any]) -> Callable[[Any], Any]:
        clean_each = self._each(clean)
        return lambda value: (clean_each if isinstance(value, (list, tuple)) else clean)(value)


class RecordValidator:
    """The checks of one record type.

    Args:
        recordtype: label of the record type, for messages.
        specs: its fields.
    """

    def __init__(self, recordtype: str, specs: Iterable[FieldSpec]) -> None:
        self.recordtype = recordtype
        self.fields = {spec.name: FieldValidator(recordtype, spec) for spec in specs}

    def clean(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values as they are stored, with defaults filled in and without None.

        Raises:
            RecordValidationError: for an unknown field, a missing one or a wrong value.
        """
        cleaned = {}
        unknown = values.keys() - self.fields.keys()
        if unknown:
            self.fail_unknown(values, unknown)
        for name, field in self.fields.items():
            value = self.given(field, values)
            if value is not None:
                cleaned[name] = field.clean(value)
        return cleaned

    def cleaned(self, name: str, values: Mapping[str, Any]) -> Any:
        """Return the value of one field as it is stored; None where there is none.

        Raises:
            RecordValidationError: if it is missing or wrong.
        """
        field = self.fields[name]
        value = self.given(field, values)
        return None if value is None else field.clean(value)

    def given(self, field: FieldValidator, values: Mapping[str, Any]) -> Any:
        """Return a field's value or default; None where there is none and none is needed."""
        spec = field.spec
        if spec.name in values:
            value = values[spec.name]
            if value is None and not (spec.optional or spec.multi):
                field.fail(None)
            return value
        if spec.has_default:
            return spec.make_default()
        if spec.required:
            self._fail_missing(field)
        return None

    def fail_incomplete(self, values: Mapping[str, Any]) -> NoReturn:
        """Raise `RecordValidationError` for the first unknown or else the first missing field.

        Args:
            values: a record whose fields aren't those of the type.
        """
        unknown = values.keys() - self.fields.keys()
        if unknown:
            self.fail_unknown(values, unknown)
        self._fail_missing(
            next(
                field
                for name, field in self.fields.items()
                if field.spec.required and name not in values
            )
        )

    def _fail_missing(self, field: FieldValidator) -> NoReturn:
        raise RecordValidationError(
            recordtype=self.recordtype,
            field=field.spec.name,
            expected=field.expected,
            found="nothing (the field is required)",
        ) from None

    def fail_unknown(self, values: Mapping[str, Any], unknown: Iterable[str]) -> NoReturn:
        """Raise `RecordValidationError` for the first of some unknown fields."""
        name = min(map(str, unknown))
        raise RecordValidationError(
            recordtype=self.recordtype,
            field=name,
            expected=f"one of the fields {', '.join(self.fields)}",
            found=f"an unknown field with {describe(values.get(name))}",
        ) from None


def _anything(value: Any) -> Any:
    return value
