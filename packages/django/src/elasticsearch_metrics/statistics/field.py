"""The fields of a record type whose values can be counted, and those that can't be."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from djelme.errors import DjelmeError
from djelme.suggestion import suggestion
from elasticsearch_metrics.declaration.field_type import COUNTABLE_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("StatisticsError", "countable_fields", "require_countable")

#: How much of what somebody typed is repeated in a message.
_SHOWN = 80


class StatisticsError(DjelmeError):
    """Figures were asked for that there can't be; the message names those that there are."""


@dataclass(frozen=True)
class _Field:
    """A field as Elasticsearch has it.

    Attributes:
        type: its type.
        has_values: whether there are values in it to count.
    """

    type: str
    has_values: bool


def countable_fields(recordtype: type[RecordType]) -> dict[str, str]:
    """Return the fields whose values can be counted, and their types, by name.

    The names are dotted for fields of objects, and for subfields such as ``title.keyword``; they
    are in the order of the alphabet.
    """
    return {name: field.type for name, field in _fields(recordtype).items() if field.has_values}


def require_countable(recordtype: type[RecordType], name: str) -> str:
    """Return the type of a field whose values can be counted.

    Raises:
        StatisticsError: if there is no such field, or if its values can't be counted.
    """
    fields = _fields(recordtype)
    found = fields.get(name)
    if found is not None and found.has_values:
        return found.type
    label = recordtype.djelme.label
    problem = (
        f"{label} has no field {name[:_SHOWN]!r}"
        if found is None
        else f"{label}.{name} can't be counted by value: it is {found.type}, without doc values"
    )
    known = countable_fields(recordtype)
    msg = f"{problem} (fields that can be: {', '.join(known) or 'none'})"
    raise StatisticsError("; ".join(filter(None, (msg, suggestion(name, known)))))


def _fields(recordtype: Any) -> dict[str, _Field]:
    return dict(sorted(_each_field("", recordtype.field_mappings()), key=itemgetter(0)))


def _each_field(prefix: str, mappings: Mapping[str, Any]) -> Iterator[tuple[str, _Field]]:
    for name, mapping in mappings.items():
        path = f"{prefix}{name}"
        field_type = mapping.get("type", "object")
        has_values = (
            mapping.get("fielddata") is True
            if field_type == "text"
            else field_type in COUNTABLE_TYPES and mapping.get("doc_values", True) is not False
        )
        yield path, _Field(field_type, has_values)
        yield from _each_field(f"{path}.", mapping.get("fields", {}))
        if field_type == "object":  # the values of nested ones are in documents of their own
            yield from _each_field(f"{path}.", mapping.get("properties", {}))
