"""What is known of Elasticsearch's types of fields, in one table."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from djelme.field import Kind

__all__ = (
    "COUNTABLE_TYPES",
    "DATE_TYPES",
    "DOC_VALUE_TYPES",
    "FIELD_TYPES",
    "Family",
    "FieldType",
    "types_of",
)


class Family(enum.Enum):
    """Types whose values are compared in the same way."""

    WHOLE = "integer"
    FLOAT = "float"
    DATE = "date"
    KEYWORD = "keyword"
    TEXT = "text"
    OTHER = "other"


@dataclass(frozen=True)
class FieldType:
    """A type of field.

    Attributes:
        family: what its values are compared with.
        kind: how djelme checks values; `Kind.ANY` where it doesn't.
        bits: of a whole number, without its sign.
        has_doc_values: whether there are doc values unless a field says otherwise.
    """

    family: Family
    kind: Kind = Kind.ANY
    bits: int = 0
    has_doc_values: bool = True


#: The types by their names in mappings.
FIELD_TYPES = {
    "byte": FieldType(Family.WHOLE, Kind.BYTE, 7),
    "short": FieldType(Family.WHOLE, Kind.SHORT, 15),
    "integer": FieldType(Family.WHOLE, Kind.INTEGER, 31),
    "long": FieldType(Family.WHOLE, Kind.LONG, 63),
    "unsigned_long": FieldType(Family.WHOLE, bits=64),
    "half_float": FieldType(Family.FLOAT, Kind.FLOAT),
    "float": FieldType(Family.FLOAT, Kind.FLOAT),
    "double": FieldType(Family.FLOAT, Kind.DOUBLE),
    "scaled_float": FieldType(Family.FLOAT, Kind.DOUBLE),
    "date": FieldType(Family.DATE, Kind.DATETIME),
    "date_nanos": FieldType(Family.DATE, Kind.DATETIME),
    "keyword": FieldType(Family.KEYWORD, Kind.KEYWORD),
    "constant_keyword": FieldType(Family.KEYWORD, Kind.KEYWORD),
    "wildcard": FieldType(Family.KEYWORD, Kind.KEYWORD),
    "version": FieldType(Family.KEYWORD),
    "text": FieldType(Family.TEXT, Kind.TEXT, has_doc_values=False),
    "search_as_you_type": FieldType(Family.OTHER, Kind.TEXT, has_doc_values=False),
    "boolean": FieldType(Family.OTHER, Kind.BOOLEAN),
    "ip": FieldType(Family.OTHER),
    "geo_point": FieldType(Family.OTHER),
}


def types_of(*families: Family) -> frozenset[str]:
    """Return the names of the types of some families."""
    return frozenset(name for name, found in FIELD_TYPES.items() if found.family in families)


#: The types whose values are moments.
DATE_TYPES = types_of(Family.DATE)
#: The types that have doc values, unless a field says otherwise.
DOC_VALUE_TYPES = frozenset(name for name, found in FIELD_TYPES.items() if found.has_doc_values)
#: Those whose values can be counted: of places there are no most frequent ones.
COUNTABLE_TYPES = DOC_VALUE_TYPES - {"geo_point"}
