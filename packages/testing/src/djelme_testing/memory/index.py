"""Indexes: which documents they take, and the documents that they have."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme_testing.memory.field_type import parse_value
from djelme_testing.memory.refusal import NotInMemoryError, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("Document", "MemoryIndex")

_BEYOND = frozenset({"_routing", "copy_to", "dynamic_templates", "normalizer", "runtime"})
_META = {"_id": {"type": "keyword"}, "_index": {"type": "keyword"}, "_seq_no": {"type": "long"}}


@dataclass
class Document:
    """One stored document; its values can be found and sorted by, by dotted name of the field."""

    index: str
    id: str
    source: Mapping[str, Any]
    values: dict[str, list[Any]]
    version: int
    seq_no: int
    order: int

    @property
    def about(self) -> dict[str, Any]:
        """What an answer has of it beside its values."""
        about = {"_index": self.index, "_id": self.id, "_version": self.version}
        return {**about, "_seq_no": self.seq_no, "_primary_term": 1}


class MemoryIndex:
    """One index: its mapping, fields by their dotted names, documents by their ids."""

    def __init__(self, name: str, mapping: Mapping[str, Any]) -> None:
        self.name = name
        self.mapping: dict[str, Any] = {"properties": {}}
        self.fields: dict[str, Any] = dict(_META)
        self.documents: dict[str, Document] = {}
        self._seq_nos = itertools.count()
        self.add_mapping(mapping)

    def add_mapping(self, mapping: Mapping[str, Any]) -> None:
        """Add fields.

        Raises:
            NotInMemoryError: for what can't be done in memory.
        """
        properties = {**self.mapping["properties"], **mapping.get("properties", {})}
        self.mapping |= {**mapping, "properties": properties}
        self.fields |= _each_field("", self.mapping)

    def row(self) -> dict[str, str]:
        """Return what ``_cat/indices`` has of it; its size is no real one."""
        size = len(json.dumps([document.source for document in self.documents.values()]))
        return {"health": "green", "index": self.name, "pri": "1", "pri.store.size": str(size)}

    def get(self, document_id: str) -> dict[str, Any]:
        """Return a document as the answer to a request for its id."""
        document = self.documents.get(document_id)
        if document is None:
            return {"_index": self.name, "_id": document_id, "found": False}
        return {**document.about, "found": True, **self.source_of(document)}

    def source_of(self, document: Document) -> dict[str, Any]:
        """Return what an answer has of a document's values.

        Raises:
            NotInMemoryError: if only a part is kept.
        """
        kept = self.mapping.get("_source", {})
        if kept.keys() - {"enabled"}:
            raise NotInMemoryError("an index that keeps a part of the _source")
        return {"_source": document.source} if kept.get("enabled", True) in {True, "true"} else {}

    def store(
        self, document_id: str, source: Mapping[str, Any], options: Mapping[str, Any], order: int
    ) -> tuple[Document, bool]:
        """Store a document, with ``op_type``, ``version`` and the like; return it and if it is new.

        Raises:
            Refusal: if the mapping doesn't take it, or the id is there already.
        """
        there = self.documents.get(document_id)
        version, seq_no = _next_version(document_id, there, options), next(self._seq_nos)
        values: dict[str, list[Any]] = {"_id": [document_id], "_index": [self.name]}
        values["_seq_no"] = [seq_no]
        self._parse("", source, self.mapping, values)
        order = order if there is None else there.order
        document = Document(self.name, document_id, source, values, version, seq_no, order)
        self.documents[document_id] = document
        return document, there is None

    def delete(self, document_id: str, options: Mapping[str, Any]) -> bool:
        """Delete a document; return whether it was there.

        Raises:
            Refusal: if it was changed since.
        """
        _next_version(document_id, self.documents.get(document_id), options)
        return self.documents.pop(document_id, None) is not None

    def _parse(self, path: str, value: Any, field: Any, values: dict[str, list[Any]]) -> None:
        if isinstance(value, list):
            for item in value:
                self._parse(path, item, field, values)
        elif value is None or field.get("enabled") is False:
            return
        elif field.get("type", "object") not in {"object", "nested"}:
            for name in (path, *(f"{path}.{sub}" for sub in field.get("fields", ()))):
                parsed = parse_value(name, self.fields[name], value)
                values.setdefault(name, []).extend([] if parsed is None else [parsed])
        elif not isinstance(value, dict):
            reason = f"object mapping for [{path}] found a concrete value"
            raise Refusal(400, "document_parsing_exception", reason)
        else:
            # What is nested is found by a query of its own only.
            kept = {} if field.get("type") == "nested" else values
            for name, one in value.items():
                inner = f"{path}.{name}".lstrip(".")
                if name in field.get("properties", {}):
                    self._parse(inner, one, field["properties"][name], kept)
                elif field.get("dynamic", self.mapping.get("dynamic")) == "strict":
                    reason = f"mapping set to strict, introduction of [{inner}] is not allowed"
                    raise Refusal(400, "strict_dynamic_mapping_exception", reason)


def _each_field(path: str, field: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for beyond in field.keys() & _BEYOND:
        raise NotInMemoryError("a mapping with", beyond)
    yield path, {"type": "object", **field}
    for name, one in {**field.get("properties", {}), **field.get("fields", {})}.items():
        yield from _each_field(f"{path}.{name}".lstrip("."), one)


def _next_version(document_id: str, there: Document | None, options: Mapping[str, Any]) -> int:
    found, seq_no = (0, -1) if there is None else (there.version, there.seq_no)
    if there is not None and options.get("op_type") == "create":
        raise _conflict(document_id, f"document already exists (version [{found}])")
    if int(options.get("if_seq_no", seq_no)) != seq_no:
        raise _conflict(document_id, f"required seqNo [{options['if_seq_no']}], found [{seq_no}]")
    if "version" not in options:
        return found + 1
    if options.get("version_type") != "external_gte":
        raise NotInMemoryError("a version that isn't of the type 'external_gte'")
    if int(options["version"]) < found:
        raise _conflict(document_id, f"current version [{found}] is higher")
    return int(options["version"])


def _conflict(document_id: str, reason: str) -> Refusal:
    reason = f"[{document_id}]: version conflict, {reason}"
    return Refusal(409, "version_conflict_engine_exception", reason)
