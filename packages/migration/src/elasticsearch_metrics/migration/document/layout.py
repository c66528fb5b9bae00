"""How the values of an index can be got back: from `_source`, or else from doc values.

Doc values are columns that Elasticsearch keeps for sorting and aggregations. They have most of what
was stored, but not in its original form; here stands what becomes of each field.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendRefusedError
from elasticsearch_metrics.state.search import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from elasticsearch_metrics.backend.rest import RestBackend

__all__ = ("Fidelity", "IndexLayout", "Origin", "read_layout")

#: Format of dates as doc values: UTC with milliseconds.
_DATE_FORMAT = "strict_date_time"
_WHOLE_TYPES = frozenset({"byte", "short", "integer", "long", "unsigned_long"})
_DATE_TYPES = frozenset({"date", "date_nanos"})
_SINGLE_PRECISION = frozenset({"float", "half_float"})
_EXACT_TYPES = frozenset(
    {*_WHOLE_TYPES, *_DATE_TYPES, "double", "boolean", "ip", "constant_keyword", "wildcard"}
)
#: Types whose values come back, but not as they were.
_CHANGES = {
    "float": "rounded to the precision of a float",
    "half_float": "rounded to the precision of a half_float",
    "scaled_float": "rounded by its scaling factor",
    "version": "in the form in which versions are sorted",
}
#: Keys of a mapping that stand beside its properties.
_MAPPING_KEYS = frozenset(
    {"properties", "dynamic", "_source", "_meta", "_routing", "dynamic_templates"}
)
_LEAST_DIGITS, _MOST_DIGITS = 6, 9


class Fidelity(enum.Enum):
    """How faithfully a field's values come back."""

    EXACT = "exact"
    CHANGED = "changed"
    LOST = "lost"


@dataclass(frozen=True)
class Origin:
    """Where the values of a field come from.

    Attributes:
        field: its path in the document.
        path: its path among the doc values; that of a sub-field for text that has one.
        type: its type in Elasticsearch's mapping.
        fidelity: what becomes of single values without `_source`.
        reason: why, in words; empty for `Fidelity.EXACT`.
        list_change: what becomes of lists beside that, in words.
    """

    field: str
    path: str
    type: str
    fidelity: Fidelity
    reason: str = ""
    list_change: str = ""

    @property
    def request(self) -> Any:
        """The field as an entry of ``docvalue_fields``."""
        if self.type in _DATE_TYPES:
            return {"field": self.path, "format": _DATE_FORMAT}
        return self.path

    @property
    def repair(self) -> Callable[[Any], Any] | None:
        """What makes a doc value a value of the document again; None where nothing is to do."""
        if self.type == "boolean":
            return bool
        if self.type in _WHOLE_TYPES:
            return int
        return _shortest if self.type in _SINGLE_PRECISION else None


@dataclass(frozen=True)
class IndexLayout:
    """What one index keeps.

    Attributes:
        index: its name.
        has_source: `_source` is there, so everything comes back exactly.
        origins: the fields, by path in the document.
    """

    index: str
    has_source: bool
    origins: Mapping[str, Origin]

    @classmethod
    def read(cls, index: str, mappings: Mapping[str, Any]) -> IndexLayout:
        """Return the layout for what Elasticsearch says about an index's mappings."""
        if mappings and not _MAPPING_KEYS & mappings.keys() and len(mappings) == 1:
            (mappings,) = mappings.values()  # below the name of a mapping type, up to version 6
        source = mappings.get("_source", {})
        complete = source.get("enabled", True) not in {False, "false"} and not (
            source.get("includes") or source.get("excludes") or source.get("mode") == "synthetic"
        )
        origins = {origin.field: origin for origin in _origins(mappings.get("properties", {}))}
        return cls(index, complete, origins)

    def kept(self) -> list[Origin]:
        """Return the fields that doc values have."""
        return [origin for origin in self.origins.values() if origin.fidelity is not Fidelity.LOST]

    def rebuild(self, fields: Mapping[str, list[Any]], multi: frozenset[str]) -> dict[str, Any]:
        """Return a document as `_source` would have it, as far as doc values have it.

        Args:
            fields: of a hit.
            multi: names of the fields that are lists even if they have one value.
        """
        document: dict[str, Any] = {}
        for origin in self.origins.values():
            values = fields.get(origin.path)
            if not values or origin.fidelity is Fidelity.LOST:
                continue
            if origin.repair is not None:
                values = [origin.repair(value) for value in values]
            *parents, name = origin.field.split(".")
            place = document
            for parent in parents:
                place = place.setdefault(parent, {})
            place[name] = values if len(values) > 1 or origin.field in multi else values[0]
        return document


def read_layout(backend: RestBackend, index: str) -> IndexLayout | None:
    """Ask for the layout of an index; None if there is no such index.

    Raises:
        djelme.errors.BackendError: if there is no answer.
    """
    try:
        answer = backend.request("GET", path_of(index, "_mapping"))
    except BackendRefusedError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return IndexLayout.read(index, answer[index]["mappings"]) if index in answer else None


def _origins(
    properties: Mapping[str, Any], parents: tuple[str, ...] = (), loss: str = ""
) -> Iterator[Origin]:
    for name, mapping in properties.items():
        path = (*parents, name)
        kind = mapping.get("type", "object")
        if kind in {"object", "nested"}:
            if mapping.get("enabled", True) in {False, "false"}:
                yield Origin(
                    ".".join(path), "", kind, Fidelity.LOST, "an object that isn't indexed"
                )
                continue
            inner = loss or (
                "inside of nested objects, which have no doc values outside"
                if kind == "nested"
                else ""
            )
            yield from _origins(mapping.get("properties", {}), path, inner)
            continue
        yield _origin(".".join(path), mapping, kind, loss, is_inner=bool(parents))


def _origin(
    field: str, mapping: Mapping[str, Any], kind: str, loss: str, *, is_inner: bool
) -> Origin:
    inherited, loss = loss, loss or _loss(mapping, kind)
    if kind == "text" and not inherited:
        for name, inner in mapping.get("fields", {}).items():
            if inner.get("type") == "keyword" and _has_doc_values(inner):
                return _keyword(field, f"{field}.{name}", inner, f"rebuilt from {field}.{name}")
    if loss:
        return Origin(field, field, kind, Fidelity.LOST, loss)
    if kind == "keyword":
        return _keyword(field, field, mapping)
    change = _change(mapping, kind, is_inner=is_inner)
    fidelity = Fidelity.CHANGED if change else Fidelity.EXACT
    return Origin(field, field, kind, fidelity, change, "lists come back sorted")


def _loss(mapping: Mapping[str, Any], kind: str) -> str:
    """Return why a field's values can't be got back, empty if they can."""
    if kind == "text":
        return "text has no doc values"
    if not _has_doc_values(mapping) or kind == "binary":
        return "it has no doc values"
    if kind == "keyword" or kind in _EXACT_TYPES or kind in _CHANGES:
        return ""
    return f"what {kind} keeps isn't the value"


def _change(mapping: Mapping[str, Any], kind: str, *, is_inner: bool) -> str:
    """Return how a field's values come back changed, empty if they don't."""
    if is_inner:
        return "if objects were in a list, they become one object with lists"
    if mapping.get("null_value") is not None:
        return f"null comes back as {mapping['null_value']!r}"
    return _CHANGES.get(kind, "")


def _keyword(field: str, path: str, mapping: Mapping[str, Any], beginning: str = "") -> Origin:
    changes = [beginning] if beginning else []
    if "ignore_above" in mapping:
        changes.append(f"values of more than {mapping['ignore_above']} characters are lost")
    if "normalizer" in mapping:
        changes.append(f"values come back as normalizer {mapping['normalizer']} made them")
    if mapping.get("null_value") is not None:
        changes.append(f"null comes back as {mapping['null_value']!r}")
    fidelity = Fidelity.CHANGED if changes else Fidelity.EXACT
    once = "lists come back sorted and without duplicates"
    return Origin(field, path, "keyword", fidelity, ", ".join(changes), once)


def _has_doc_values(mapping: Mapping[str, Any]) -> bool:
    return mapping.get("doc_values", True) not in {False, "false"}


def _shortest(value: float) -> float:
    """Return the shortest number that single precision can't distinguish from a value.

    >>> _shortest(0.10000000149011612)
    0.1
    """
    try:
        wanted = struct.pack("f", value)
    except OverflowError:
        return value
    for digits in range(_LEAST_DIGITS, _MOST_DIGITS + 1):
        shorter = float(f"{value:.{digits}g}")
        if struct.pack("f", shorter) == wanted:
            return shorter
    return value
