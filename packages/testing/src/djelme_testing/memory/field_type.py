"""The types of fields: what they take, and as what it can be searched and sorted."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from djelme_testing.memory.moment import format_moment, parse_moment
from djelme_testing.memory.refusal import NotInMemoryError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ("FieldType", "words")

_FORMATS = {"strict_date_time", "date_time", "strict_date_optional_time", "date_optional_time"}
_BITS = {"long": 64, "integer": 32, "short": 16, "byte": 8}
_NUMBERS = frozenset({*_BITS, "double", "float", "half_float"})
_SORTED = frozenset({*_NUMBERS, "keyword", "boolean", "date"})
_PLAIN = re.compile(r"[\x00-\x7f]*")
#: Characters that divide words only where they aren't within one, as in "don't" and "1.5".
_WITHIN_A_WORD = re.compile(r"[0-9A-Za-z_][.':,;][0-9A-Za-z_]")
_WORD = re.compile(r"[0-9A-Za-z_]+")
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class FieldType:
    """One field of a mapping.

    Attributes:
        path: its dotted name.
        name: its type.
        options: everything that the mapping says of it.
    """

    path: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_sorted(self) -> bool:
        """Whether it has doc values, to sort and aggregate by."""
        return self.name in _SORTED and self.options.get("doc_values", True) is not False

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.name in _NUMBERS

    def format(self, milliseconds: int, asked: str | None = None) -> str:
        """Return a moment as the field's format has it.

        Args:
            milliseconds: since 1970.
            asked: another format.

        Raises:
            NotInMemoryError: if it is another one than ISO 8601 with or without time.
        """
        name = asked or self.options.get("format") or "strict_date_time"
        written = format_moment(milliseconds)
        if name == "epoch_millis":
            return str(milliseconds)
        if name in {"strict_date", "date"}:
            return written.partition("T")[0]
        if name.partition("||")[0] in _FORMATS:
            return written
        msg = f"the date format {name!r}"
        raise NotInMemoryError(msg)

    def parse(self, value: Any) -> Any:
        """Return a value of a document as it is searched for; None for what isn't indexed.

        Raises:
            Refusal: if the type doesn't take the value.
        """
        try:
            return _PARSERS.get(self.name, _whole)(self, value)
        except (TypeError, ValueError, OverflowError) as error:
            shown = value if isinstance(value, (str, int, float)) else type(value).__name__
            reason = (
                f"failed to parse field [{self.path}] of type [{self.name}]: [{shown}] ({error})"
            )
            raise Refusal(400, "document_parsing_exception", reason) from error

    def parse_term(self, value: Any) -> Any:
        """Return a value of a query in the form of `parse`.

        Raises:
            Refusal: if the type has no such values.
            NotInMemoryError: if fields of the type can't be searched in memory.
        """
        if self.name not in _SORTED and self.name != "text":
            msg = f"searching in {self.path}, a field of the type {self.name}"
            raise NotInMemoryError(msg)
        if self.options.get("index", True) is False:
            msg = f"searching in {self.path}, a field that isn't indexed"
            raise NotInMemoryError(msg)
        if self.name == "text":
            return str(value)
        if self.is_number and not isinstance(value, bool):
            try:
                number = float(value)
                return int(value) if number.is_integer() else number
            except (TypeError, ValueError, OverflowError) as error:
                reason = f'failed to create query: For input string: "{value}"'
                raise Refusal(400, "query_shard_exception", reason) from error
        return self.parse(value)


def words(field_type: FieldType, text: str) -> list[str]:
    """Return the words that the analyzer of a field makes of a text.

    Raises:
        NotInMemoryError: for an analyzer other than ``standard``, ``simple``, ``whitespace`` and
            ``keyword``, and for texts that the standard one divides by more than simple rules.
    """
    told = (field_type.options.get(name) for name in ("analyzer", "search_analyzer"))
    names = {str(name) for name in told if name is not None}
    name = min(names, default="standard")
    analyze = _ANALYZERS.get(name)
    if analyze is None or len(names) > 1:
        msg = f"the analyzer {name!r} of {field_type.path}"
        raise NotInMemoryError(msg)
    return analyze(text)


def _standard(text: str) -> list[str]:
    if not _PLAIN.fullmatch(text) or _WITHIN_A_WORD.search(text):
        raise NotInMemoryError("dividing a text into words that has more than plain words of ASCII")
    return [word.lower() for word in _WORD.findall(text)]


_ANALYZERS: dict[str, Callable[[str], list[str]]] = {
    "keyword": lambda text: [text],
    "simple": lambda text: [word.lower() for word in _LETTERS.findall(text)],
    "standard": _standard,
    "whitespace": str.split,
}


def _whole(_field: FieldType, value: Any) -> Any:
    return value


def _keyword(field_type: FieldType, value: Any) -> str | None:
    if isinstance(value, dict):
        raise TypeError("an object where a value should be")
    text = _text(value)
    if field_type.options.get("normalizer"):
        msg = f"the normalizer of {field_type.path}"
        raise NotInMemoryError(msg)
    ignored = field_type.options.get("ignore_above")
    return None if ignored is not None and len(text) > int(ignored) else text


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _integer(field_type: FieldType, value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError("a boolean")
    number = value if isinstance(value, int) else int(_finite(float(value)))
    bound = 2 ** (_BITS[field_type.name] - 1)
    if not -bound <= number < bound:
        raise ValueError("out of range")
    return number


def _float(field_type: FieldType, value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError("a boolean")
    number = _finite(float(value))
    code = {"float": "f", "half_float": "e"}.get(field_type.name)
    return float(struct.unpack(code, struct.pack(code, number))[0]) if code else number


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _boolean(_field: FieldType, value: Any) -> bool:
    known = {True: True, False: False, "true": True, "false": False, "": False}
    if isinstance(value, (bool, str)) and value in known:
        return known[value]
    raise ValueError("only [true] or [false] are allowed")


def _date(field_type: FieldType, value: Any) -> int:
    if field_type.options.get("format") == "strict_date" and len(str(value)) != len("2026-11-23"):
        raise ValueError("no date of the format [strict_date]")
    return parse_moment(value)


_PARSERS: dict[str, Callable[[FieldType, Any], Any]] = {
    "keyword": _keyword,
    "text": lambda _field, value: _text(value),
    "boolean": _boolean,
    "date": _date,
    **dict.fromkeys(_BITS, _integer),
    **dict.fromkeys(("double", "float", "half_float"), _float),
}
