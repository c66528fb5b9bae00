"""Carry fields of the same name from one record type to another."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.field import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from djelme.field import FieldSpec

__all__ = ("Carrying", "Misfit")

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
class Misfit:
    """A field that can't be carried over.

    Attributes:
        field: its name.
        reason: why not, in words.
        is_dropped: the target has no such field, so the migration can go on without it.
    """

    field: str
    reason: str
    is_dropped: bool = False


class Carrying:
    """What two record types have in common.

    Args:
        source: the fields of the one.
        target: the fields of the other.
        is_lenient: numbers may go where not all of them fit; each one is checked.

    Attributes:
        names: the fields that are carried over.
        misfits: what can't be.
    """

    def __init__(
        self,
        source: Mapping[str, FieldSpec],
        target: Mapping[str, FieldSpec],
        *,
        is_lenient: bool = False,
    ) -> None:
        self.misfits = [*_misfits(source, target, is_lenient)]
        self._carriers = {
            name: _carrier(source[name], spec) for name, spec in target.items() if name in source
        }
        self.names = tuple(self._carriers)

    def carry(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the target's values for those of a document of the source.

        Values that fit neither the declaration nor its kind are given as they are; checking them
        is the business of the target.
        """
        carried = {}
        for name, carry in self._carriers.items():
            value = values.get(name)
            if value is not None:
                carried[name] = value if carry is None else carry(value)
        return carried


# That a field may be absent in the source which the target requires is no misfit: the field classes
# of the DSL declare all fields so. Documents that lack it are refused one by one.


def _misfits(
    source: Mapping[str, FieldSpec], target: Mapping[str, FieldSpec], is_lenient: bool
) -> list[Misfit]:
    found = []
    for name, spec in target.items():
        origin = source.get(name)
        if origin is None:
            if spec.required:
                found.append(
                    Misfit(name, "the target requires it and the source has no such field")
                )
            continue
        kinds = f"{origin.kind.value} doesn't fit {spec.kind.value}"
        is_number = is_lenient and {origin.kind, spec.kind} <= _NUMBERS
        if not (is_number or _fits(origin.kind, spec.kind)):
            found.append(Misfit(name, kinds))
        elif origin.multi and not spec.multi:
            found.append(Misfit(name, "the source has a list and the target a single value"))
    found += [
        Misfit(name, "the target has no such field", is_dropped=True)
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


def _carrier(source: FieldSpec, target: FieldSpec) -> Callable[[Any], Any] | None:
    """Return what makes a value of the source one of the target; None where nothing is to do."""
    scalar = _scalar_carrier(target)
    if not target.multi:
        return scalar
    if scalar is None:
        return None if source.multi else _as_list
    return lambda value: [scalar(item) for item in _as_list(value)]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _scalar_carrier(target: FieldSpec) -> Callable[[Any], Any] | None:
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
