"""Conditions on the fields of records, as queries that ask nothing but what was meant.

Fields are taken from the record type only, and values are checked before anything is sent, so that
neither can mean anything else to Elasticsearch.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from djelme.timeparts import format_timestamp, parse_when
from elasticsearch_metrics.declaration.field_type import DATE_TYPES, FIELD_TYPES, Family, types_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.utils.functional import _StrOrPromise


__all__ = ("OPERATORS", "Condition", "Operator", "searchable_fields")

_WHOLE = types_of(Family.WHOLE)
_FLOATS = types_of(Family.FLOAT)
_NUMBERS = _FLOATS | _WHOLE
_WORDS = types_of(Family.KEYWORD)
_TEXTS = types_of(Family.TEXT)
_OTHERS = frozenset({"boolean", "ip"})
_SEARCHABLE = DATE_TYPES | _NUMBERS | _WORDS | _TEXTS | _OTHERS


@dataclass(frozen=True)
class Operator:
    """How a field is compared with a value.

    Attributes:
        name: in URLs.
        label: for people.
        kinds: the types of fields that can be compared so; all of them if there are none.
        needs_value: whether there is a value to compare with.
    """

    name: str
    label: _StrOrPromise
    kinds: frozenset[str] = frozenset()
    needs_value: bool = True

    @staticmethod
    def named(name: str) -> Operator:
        """Return an operator by its name; the first one for an unknown name."""
        return next((found for found in OPERATORS if found.name == name), OPERATORS[0])


OPERATORS = (
    Operator("is", gettext_lazy("is"), _SEARCHABLE - _TEXTS - DATE_TYPES),
    Operator("not", gettext_lazy("is not"), _SEARCHABLE - _TEXTS - DATE_TYPES),
    Operator("starts", gettext_lazy("starts with"), _WORDS - {"version"}),
    Operator("from", gettext_lazy("from"), _NUMBERS | DATE_TYPES | {"ip", "version"}),
    Operator("below", gettext_lazy("below"), _NUMBERS | DATE_TYPES | {"ip", "version"}),
    Operator("words", gettext_lazy("has the words"), _TEXTS),
    Operator("set", gettext_lazy("has a value"), needs_value=False),
    Operator("unset", gettext_lazy("has no value"), needs_value=False),
)


@dataclass(frozen=True)
class Condition:
    """A condition on one field.

    Attributes:
        query: as Elasticsearch takes it.
        negated: whether records must not match it.
    """

    query: Mapping[str, Any]
    negated: bool = False

    @classmethod
    def make(cls, field: str, kind: str, operator: Operator, text: str) -> Condition:
        """Return a condition for what somebody typed.

        Args:
            field: one of `searchable_fields`.
            kind: its type.
            operator: how to compare.
            text: what with.

        Raises:
            django.core.exceptions.ValidationError: if the field can't be compared so, or with that.
        """
        if not operator.needs_value:
            return cls({"exists": {"field": field}}, operator.name == "unset")
        if kind not in operator.kinds:
            possible = [
                str(found.label)
                for found in OPERATORS
                if not found.needs_value or kind in found.kinds
            ]
            msg = _("“%(field)s” is of the type %(kind)s: its conditions can be %(possible)s.") % {
                "field": field,
                "kind": kind,
                "possible": ", ".join(possible),
            }
            raise ValidationError(msg, code="operator")
        value = _value(kind, text)
        queries: dict[str, dict[str, Any]] = {
            "is": {"term": {field: value}},
            "not": {"term": {field: value}},
            "starts": {"prefix": {field: value}},
            "from": {"range": {field: {"gte": value}}},
            "below": {"range": {field: {"lt": value}}},
            "words": {"match": {field: {"query": value, "operator": "and"}}},
        }
        return cls(queries[operator.name], operator.name == "not")


def searchable_fields(recordtype: Any) -> dict[str, str]:
    """Return the fields of a record type that can be searched, and their types, by name.

    The names are dotted for fields of objects, and for subfields such as ``title.keyword``.
    """
    return dict(_each_field("", recordtype.field_mappings()))


def _each_field(prefix: str, mappings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, mapping in mappings.items():
        path = f"{prefix}{name}"
        kind = mapping.get("type", "object")
        if kind in _SEARCHABLE and mapping.get("index", True) is not False:
            yield path, kind
        yield from _each_field(f"{path}.", mapping.get("fields", {}))
        if kind == "object" and mapping.get("enabled", True) is not False:
            yield from _each_field(f"{path}.", mapping.get("properties", {}))


def _value(kind: str, text: str) -> Any:
    """Return what somebody typed as a value of a field.

    Raises:
        django.core.exceptions.ValidationError: if it is none.
    """
    if kind in _WORDS | _TEXTS:
        if not text:
            raise ValidationError(_("Give a value."), code="invalid")
        return text
    text = text.strip()
    if kind == "boolean":
        if text.lower() in {"true", "false"}:
            return text.lower() == "true"
        raise ValidationError(_("Give true or false."), code="invalid")
    reason = _("Give a whole number that the field can hold.")
    try:
        if kind in _WHOLE:
            return _whole(kind, text)
        if kind in _FLOATS:
            reason = _("Give a number.")
            return _float(text)
        if kind in DATE_TYPES:
            reason = _("Give a date or time such as 2026-11, 2026-11-23 or 2026-11-23T04:05.")
            return format_timestamp(parse_when(text))
        reason = _("Give an address such as 192.0.2.1.")
        return str(ipaddress.ip_address(text))
    except (ValueError, OverflowError) as error:
        raise ValidationError(reason, code="invalid") from error


def _whole(kind: str, text: str) -> int:
    number, bits = int(text), FIELD_TYPES[kind].bits
    least = 0 if kind == "unsigned_long" else -(2**bits)
    if not least <= number < 2**bits:
        msg = "out of bounds"
        raise ValueError(msg)
    return number


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        msg = "no finite number"
        raise ValueError(msg)
    return number
