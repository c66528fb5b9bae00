"""The types of fields: which values they take, and as what these are compared."""

from __future__ import annotations

import datetime
import math
import re
from typing import TYPE_CHECKING, Any

from djelme_testing.memory.refusal import NotInMemoryError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ("doc_value", "parse_moment", "parse_value", "require_comparable")

_BOUNDS = {"long": 2**63, "integer": 2**31, "short": 2**15, "byte": 2**7}
_BOOLEANS = {"true": True, "false": False, "": False}
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MILLISECOND = datetime.timedelta(milliseconds=1)
_ISO = re.compile(r"(\d{4}(?:-\d\d){0,2}(?:T\d\d(?::\d\d){0,2}(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?")
#: What a moment's text is filled up with, at its start or its end.
_FIRST, _LAST = "0000-01-01T00:00:00.000", "0000-01-01T23:59:59.999"


def parse_value(path: str, field: Mapping[str, Any], value: Any) -> Any:
    """Return a value of a document as it is compared, None for none; moments in milliseconds.

    Raises:
        Refusal: if the type of the field doesn't take the value.
    """
    parse = _PARSERS.get(field["type"])
    try:
        return value if parse is None else parse(value, field)
    except (TypeError, ValueError, OverflowError) as error:
        reason = f"failed to parse field [{path}] of type [{field['type']}]: {error}"
        raise Refusal(400, "document_parsing_exception", reason) from error


def require_comparable(path: str, field: Mapping[str, Any], option: str) -> None:
    """Check that documents can be found (option ``index``) or sorted (``doc_values``) by a field.

    Raises:
        NotInMemoryError: if they can't.
    """
    if field["type"] not in _PARSERS or field["type"] == "text" or not field.get(option, True):
        msg = f"searching or sorting by a field of the type {field['type']}:"
        raise NotInMemoryError(msg, path)


def doc_value(field: Mapping[str, Any], value: Any, form: str | None) -> Any:
    """Return what was parsed as ``docvalue_fields`` give it, moments in UTC and in this format."""
    if field["type"] != "date":
        return value
    moment = (_EPOCH + value * _MILLISECOND).isoformat(timespec="milliseconds")
    whole_days = (form or field.get("format")) == "strict_date"
    return moment.partition("T")[0] if whole_days else moment.replace("+00:00", "Z")


def parse_moment(value: Any, *, upper: bool = False) -> int:
    """Return a moment in milliseconds since 1970, from ISO 8601 (at least a year) or such a number.

    Hours, minutes and what is below them mean their first moment where they aren't given, or with
    `upper` their last one. Months and days mean their first in any case.

    Raises:
        ValueError: if it is no moment.
    """
    text = _text(value)
    found = None if isinstance(value, int) else _ISO.fullmatch(text)
    if found is None:
        return int(text)
    filled = (found[1] + (_LAST if upper else _FIRST)[len(found[1]) :])[: len(_FIRST)]
    zone = "+00:00" if found[2] in {None, "Z"} else f"{found[2][:3]}:{found[2][-2:]}"
    return (datetime.datetime.fromisoformat(filled + zone) - _EPOCH) // _MILLISECOND


def _text(value: Any, _field: object = None) -> str:
    if isinstance(value, dict):
        raise TypeError("an object where a value should be")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _keyword(value: Any, field: Mapping[str, Any]) -> str | None:
    text = _text(value)
    return text if len(text) <= field.get("ignore_above", len(text)) else None


def _number(value: Any, field: Mapping[str, Any]) -> float:
    if isinstance(value, bool) or not math.isfinite(float(value)):
        raise ValueError("no finite number")
    if field["type"] not in _BOUNDS:
        return float(value)
    number, bound = int(value if isinstance(value, int) else float(value)), _BOUNDS[field["type"]]
    if not -bound <= number < bound:
        raise ValueError("out of range")
    return number


def _boolean(value: Any, _field: object) -> bool:
    if not isinstance(value, (bool, str)) or _text(value) not in _BOOLEANS:
        raise ValueError("only [true] or [false] are allowed")
    return _BOOLEANS[_text(value)]


def _date(value: Any, field: Mapping[str, Any]) -> int:
    if field.get("format") == "strict_date" and len(str(value)) != len("2026-11-23"):
        raise ValueError("no date of the format [strict_date]")
    return parse_moment(value)


_PARSERS: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "keyword": _keyword,
    "text": _text,
    "boolean": _boolean,
    "date": _date,
    **dict.fromkeys((*_BOUNDS, "double", "float", "half_float"), _number),
}
