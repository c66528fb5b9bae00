"""Map fields of one record type to those of the same name of another."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.field import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from djelme.field import FieldSpec

__all__ = ("FieldMapping", "IncompatibleField")

_WHOLE = (Kind.BYTE, Kind.SHORT, Kind.INTEGER, Kind.LONG)
_NUMBERS = frozenset({*_WHOLE, Kind.FLOAT, Kind.DOUBLE})
_WORDS = frozenset({Kind.KEYWORD, Kind.TEXT})
#: What each kind can take without loss, besides itself and `Kind.ANY`.
_TAKES: dict[Kind, frozenset[Kind]] = {
    Kind.KEYWORD: _WORDS,
    Kind.TEXT: _WORDS,
    Kind.DOUBLE: frozenset({Kind.FLOAT, *_WHOLE}),
    Kind.FLOAT: frozenset({Kind.BYTE, Kind.SHORT}),
    Kind.DATETIME: frozenset({Kind.DATE}),
    **{kind: frozenset(_WHOLE[:place]) for place, kind in enumerate(_WHOLE)},
}


@dataclass(frozen=True)
class IncompatibleField:
    """A field whose values can't become those of the other record type.

    Attributes:
        field: its name.
        reason: why not, in words.
        is_dropped: the target has no such field, so the migration can go on without it.
    """

    field: str
    reason: str
    is_dropped: bool = False


class FieldMapping:
    """What two record types have in common.

    Args:
        source: the fields of the one.
        target: the fields of the other.
        may_narrow: numbers may go where not all of them fit; each one is checked.

    Attributes:
        names: the fields that are mapped.
        incompatible_fields: the fields that can't be mapped.
    """

    def __init__(
        self,
        source: Mapping[str, FieldSpec],
        target: Mapping[str, FieldSpec],
        *,
        may_narrow: bool = False,
    ) -> None:
        self.incompatible_fields = [*_incompatible_fields(source, target, may_narrow)]
        self._converters = {
            name: _converter(source[name], spec) for name, spec in target.items() if name in source
        }
        self.names = tuple(self._converters)

    def map(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the target's values for those of a document of the source.

        Values that fit neither the declaration nor its kind are given as they are; checking them
        is the business of the target.
        """
        mapped = {}
        for name, convert in self._converters.items():
            value = values.get(name)
            if value is not None:
                mapped[name] = value if convert is None else convert(value)
        return mapped


# That a field may be absent in the source which the target requires is no incompatibility: the
# field classes of the DSL declare all fields so. Documents that lack it are rejected one by one.


def _incompatible_fields(
    source: Mapping[str, FieldSpec], target: Mapping[str, FieldSpec], may_narrow: bool
) -> list[IncompatibleField]:
    found = []
    for name, spec in target.items():
        origin = source.get(name)
        if origin is None:
            if spec.required:
                found.append(
                    IncompatibleField(
                        name, "the target requires it and the source has no such field"
                    )
                )
            continue
        kinds = f"{origin.kind.value} doesn't fit {spec.kind.value}"
        is_number = may_narrow and {origin.kind, spec.kind} <= _NUMBERS
        if not (is_number or _fits(origin.kind, spec.kind)):
            found.append(IncompatibleField(name, kinds))
        elif origin.multi and not spec.multi:
            found.append(
                IncompatibleField(name, "the source has a list and the target a single value")
            )
    found += [
        IncompatibleField(name, "the target has no such field", is_dropped=True)
        for name in source
        if name not in target
    ]
    return found


def _fits(source: Kind, target: Kind) -> bool:
    return (
        source is target
        or Kind.ANY in {source, target}
        or source in _TAKES.get(target, frozenset())
    )


def _converter(source: FieldSpec, target: FieldSpec) -> Callable[[Any], Any] | None:
    """Return what makes a value of the source one of the target; None where nothing is to do."""
    scalar = _scalar_converter(target)
    if not target.multi:
        return scalar
    if scalar is None:
        return None if source.multi else _as_list
    return lambda value: [scalar(item) for item in _as_list(value)]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _scalar_converter(target: FieldSpec) -> Callable[[Any], Any] | None:
    if target.kind in _WHOLE:
        return _to_whole
    if target.kind in {Kind.DOUBLE, Kind.FLOAT}:
        return _to_number
    if target.kind is Kind.BOOLEAN:
        return _to_boolean
    if target.kind is Kind.DATETIME:
        return _to_datetime
    if target.kind in _WORDS and target.enum_type is None:
        return _to_words
    return None


# Elasticsearch takes numbers and booleans as strings, and whole numbers with a fraction of zero,
# and keeps in `_source` what it was given. What programs other than djelme wrote is read likewise.


def _to_whole(value: Any) -> Any:
    if type(value) is int:
        return value
    try:
        number = float(value) if isinstance(value, (float, str)) else None
        if number is not None and number.is_integer():
            return int(value) if isinstance(value, str) and "." not in value else int(number)
    except (ValueError, OverflowError):
        return value
    return value


def _to_number(value: Any) -> Any:
    if type(value) is float:
        return value
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _to_boolean(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _to_datetime(value: Any) -> Any:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day, tzinfo=datetime.timezone.utc)
    return value


def _to_words(value: Any) -> Any:
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, (int, float)) else getattr(value, "value", value)
