"""What a field of a record type holds, without a word about any engine's classes."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("MISSING", "FieldSpec", "Kind", "Missing")


class Missing(enum.Enum):
    """The type of `MISSING`, the mark for "no default was given"."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing.MISSING


class Kind(enum.Enum):
    """Kinds of values, named as Elasticsearch names its field types.

    `ANY` is a field declared with an engine's own field class that djelme doesn't know: its values
    only have to be JSON.
    """

    KEYWORD = "keyword"
    TEXT = "text"
    LONG = "long"
    INTEGER = "integer"
    SHORT = "short"
    BYTE = "byte"
    DOUBLE = "double"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    DATE = "date"
    ANY = "any"


@dataclass(frozen=True)
class FieldSpec:
    """One field of a record type.

    Attributes:
        name: the attribute's and the document's name for it.
        kind: what its values are.
        optional: whether None is accepted; it is stored as an absent field.
        multi: whether it holds a list of values; an absent list is an empty one.
        listable: whether it holds a value or a list of them, as a mapping alone allows.
        default: value for a record that doesn't give one, `MISSING` for none.
        default_factory: called for such a value instead.
        choices: the only values that are accepted, None for all.
        enum_type: values come and go as members of this enumeration.
        refuse_naive: a datetime without time zone is an error instead of UTC.
        max_bytes: longest UTF-8 encoding of a string, None for no limit.
    """

    name: str
    kind: Kind
    optional: bool = False
    multi: bool = False
    listable: bool = False
    default: Any = MISSING
    default_factory: Callable[[], Any] | None = None
    choices: tuple[Any, ...] | None = None
    enum_type: type[enum.Enum] | None = None
    refuse_naive: bool = False
    max_bytes: int | None = None

    @property
    def required(self) -> bool:
        """Whether a record without it is refused."""
        return not (self.optional or self.multi or self.has_default)

    @property
    def holds_lists(self) -> bool:
        """Whether a record may have several values of it."""
        return self.multi or self.listable

    @property
    def has_default(self) -> bool:
        """Whether a record may leave the field out and still get a value."""
        return self.default is not MISSING or self.default_factory is not None

    def make_default(self) -> Any:
        """Return a fresh default value."""
        return self.default_factory() if self.default_factory is not None else self.default
