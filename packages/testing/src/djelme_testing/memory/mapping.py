"""The mapping of one index: it says what documents may hold, and makes them searchable."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from djelme_testing.memory.field_type import FieldType
from djelme_testing.memory.moment import parse_moment
from djelme_testing.memory.refusal import NotInMemoryError, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("IndexMapping", "Parsed")

_BEYOND = ("runtime", "dynamic_templates", "_routing", "dynamic_date_formats")
_GUESSED_TEXT = {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}


@dataclass
class Parsed:
    """What can be searched of a document, or of an object that is nested in one.

    Attributes:
        values: by dotted name of the field.
        nested: objects by the dotted name of their field.
    """

    values: dict[str, list[Any]] = field(default_factory=dict)
    nested: dict[str, list[Parsed]] = field(default_factory=dict)


class IndexMapping:
    """What an index says of its fields.

    Args:
        body: as in a template, without the name of a mapping type.

    Attributes:
        body: the same, with the fields that were added.
        fields: by dotted name, those within objects and those that are made of others included.
    """

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body: dict[str, Any] = copy.deepcopy(dict(body))
        self.fields: dict[str, FieldType] = {}
        self._read()

    @property
    def keeps_source(self) -> Mapping[str, Any]:
        """What the mapping says of the ``_source``."""
        told: Mapping[str, Any] = self.body.get("_source", {})
        return told

    def add(self, body: Mapping[str, Any]) -> None:
        """Add fields.

        Raises:
            Refusal: if one of them is there with another type.
        """
        added = IndexMapping(body)
        for path, one in added.fields.items():
            there = self.fields.get(path)
            if there is not None and there.name != one.name:
                reason = (
                    f"mapper [{path}] cannot be changed from type [{there.name}] to [{one.name}]"
                )
                raise Refusal(400, "illegal_argument_exception", reason)
        _merge(self.body, added.body)
        self._read()

    def parse(self, document: Mapping[str, Any]) -> Parsed:
        """Return what can be searched of a document.

        Where the mapping is dynamic, fields are added to it.

        Raises:
            Refusal: if the mapping doesn't take it.
        """
        parsed = Parsed()
        self._parse_object("", document, self.body, parsed)
        return parsed

    def _read(self) -> None:
        for name in _BEYOND:
            if self.body.get(name):
                msg = f"`{name}` in a mapping"
                raise NotInMemoryError(msg)
        self.fields = dict(_each_field("", self.body.get("properties", {})))
        self.fields["_index"] = FieldType("_index", "keyword")

    def _parse_object(
        self, prefix: str, given: Mapping[str, Any], mapping: dict[str, Any], parsed: Parsed
    ) -> None:
        for name, value in given.items():
            path = f"{prefix}{name}"
            properties = mapping.setdefault("properties", {})
            if name not in properties:
                if "." in name:
                    msg = f"documents with a dot in the name of a field ({path})"
                    raise NotInMemoryError(msg)
                self._guess(path, name, value, mapping)
            if name in properties:
                self._parse_value(path, value, properties[name], parsed)

    def _guess(self, path: str, name: str, value: Any, mapping: dict[str, Any]) -> None:
        """Do with an unknown field what the mapping says."""
        dynamic = str(mapping.get("dynamic", self.body.get("dynamic", "true"))).lower()
        if dynamic == "strict":
            outer = path.rpartition(".")[0] or "_doc"
            reason = (
                f"mapping set to strict, dynamic introduction of [{name}] within [{outer}] "
                f"is not allowed"
            )
            raise Refusal(400, "strict_dynamic_mapping_exception", reason)
        if dynamic == "runtime":
            raise NotInMemoryError("`dynamic: runtime`")
        guessed = _guessed(value) if dynamic == "true" else None
        if guessed is not None:
            mapping["properties"][name] = guessed
            self._read()

    def _parse_value(self, path: str, value: Any, mapping: dict[str, Any], parsed: Parsed) -> None:
        if isinstance(value, list):
            for item in value:
                self._parse_value(path, item, mapping, parsed)
        elif value is None:
            return
        elif mapping.get("type", "object") == "nested":
            inner = Parsed()
            self._parse_object(f"{path}.", _object(path, value), mapping, inner)
            parsed.nested.setdefault(path, []).append(inner)
        elif "properties" in mapping or mapping.get("type", "object") == "object":
            if mapping.get("enabled", True) is not False:
                self._parse_object(f"{path}.", _object(path, value), mapping, parsed)
        else:
            for name in (path, *(f"{path}.{sub}" for sub in mapping.get("fields", ()))):
                one = self.fields[name].parse(value)
                if one is not None:
                    parsed.values.setdefault(name, []).append(one)


def _each_field(prefix: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, FieldType]]:
    for name, told in properties.items():
        path = f"{prefix}{name}"
        kind = told.get("type", "object")
        if kind == "alias" or told.get("copy_to"):
            msg = f"fields that are copies or other names of others ({path})"
            raise NotInMemoryError(msg)
        yield path, FieldType(path, kind, told)
        yield from _each_field(f"{path}.", told.get("properties", {}))
        yield from _each_field(f"{path}.", told.get("fields", {}))


def _object(path: str, value: Any) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    reason = (
        f"object mapping for [{path}] tried to parse field [{path}] as object, but found a value"
    )
    raise Refusal(400, "document_parsing_exception", reason)


def _guessed(value: Any) -> dict[str, Any] | None:  # noqa: PLR0911 - one for each kind
    """Return the mapping that Elasticsearch guesses from a first value; None for nothing."""
    if isinstance(value, list):
        return next((found for found in map(_guessed, value) if found), None)
    if value is None:
        return None
    if isinstance(value, dict):
        return {"properties": {}}
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, (int, float)):
        return {"type": "long" if isinstance(value, int) else "float"}
    try:
        parse_moment(value if not value.lstrip("-").isdigit() else "")
    except (NotInMemoryError, Refusal):
        return copy.deepcopy(_GUESSED_TEXT)
    return {"type": "date"}


def _merge(there: dict[str, Any], added: Mapping[str, Any]) -> None:
    for name, value in added.items():
        if isinstance(value, dict) and isinstance(there.get(name), dict):
            _merge(there[name], value)
        else:
            there[name] = value
