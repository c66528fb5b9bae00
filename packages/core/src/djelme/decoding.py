"""Read records as a search gives them back."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from djelme.field import FieldSpec, Kind
from djelme.timeparts import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ("RecordDecoder",)

_UTC = datetime.timezone.utc
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=_UTC)
_LENGTH_OF_TIMESTAMP = len("2026-11-23T04:05:06.789Z")


class RecordDecoder:
    """Makes Python values of JSON's: moments in UTC, dates, members of enumerations.

    What doesn't fit the field's declaration is given as it is: an index can hold what other
    programs wrote, and reading never loses it.

    Args:
        specs: the record type's fields.
    """

    def __init__(self, specs: Iterable[FieldSpec]) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._decoders = {
            spec.name: _decoder(spec)
            for spec in self._specs.values()
            if spec.multi or spec.enum_type is not None or spec.kind in _SCALARS
        }

    def decode(self, source: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a ``_source``."""
        values = dict(source)
        for name, decode in self._decoders.items():
            value = values.get(name)
            if value is not None:
                values[name] = decode(value)
        return values

    def decode_doc_values(self, fields: Mapping[str, list[Any]]) -> dict[str, Any]:
        """Return the values of a hit's ``fields``, which are lists whatever the record had."""
        source: dict[str, Any] = {}
        for name, found in fields.items():
            spec = self._specs.get(name)
            single = len(found) == 1 and not (spec is not None and spec.multi)
            source[name] = found[0] if single else found
        return self.decode(source)


def _decoder(spec: FieldSpec) -> Callable[[Any], Any]:
    scalar = _SCALARS.get(spec.kind, _as_it_is)
    enum_type = spec.enum_type
    if enum_type is not None:

        def scalar(value: Any) -> Any:
            try:
                return enum_type(value)
            except ValueError:
                return value

    def each(value: Any) -> list[Any]:
        return [scalar(item) for item in (value if isinstance(value, list) else [value])]

    if spec.listable:
        return lambda value: each(value) if isinstance(value, list) else scalar(value)
    return each if spec.multi else scalar


def _as_it_is(value: Any) -> Any:
    return value


def _moment(value: Any) -> Any:
    try:
        if isinstance(value, str):
            if len(value) == _LENGTH_OF_TIMESTAMP and value[-1] == "Z":
                return datetime.datetime.fromisoformat(value[:-1]).replace(tzinfo=_UTC)
            return parse_timestamp(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _EPOCH + datetime.timedelta(milliseconds=value)
    except (ValueError, OverflowError):
        return value
    return value


def _date(value: Any) -> Any:
    moment = _moment(value)
    return moment.date() if isinstance(moment, datetime.datetime) else value


_SCALARS: dict[Kind, Callable[[Any], Any]] = {Kind.DATETIME: _moment, Kind.DATE: _date}
