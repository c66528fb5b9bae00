"""An Elasticsearch in memory: the requests that djelme makes, and searches by filters."""

from __future__ import annotations

import itertools
import json
import threading
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from djelme.naming import patterns_overlap, validate_name
from djelme_testing.memory.index import MemoryIndex
from djelme_testing.memory.refusal import NotInMemoryError, Refusal
from djelme_testing.memory.search import Search

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from djelme_testing.memory.index import Document

__all__ = ("MemoryServer",)

_VERSIONS = {9: "9.5.3", 8: "8.19.3", 6: "6.8.23"}
#: The first version without mapping types, and with composable templates.
_TYPELESS = 7
_AFTER_TYPE = frozenset({"_bulk", "_count", "_mget", "_search"})


class MemoryServer:
    """Answers HTTP requests as one node of Elasticsearch would, from memory.

    What was stored is found at once, as if every request were followed by a refresh. Safe to share
    between threads.

    Args:
        major: 6, 8 or 9.

    Attributes:
        major: the major version whose language it speaks.
        typed: whether that has mapping types, and legacy templates.
        indexes: by name.
        templates: their bodies, by name.
    """

    def __init__(self, major: int = 8) -> None:
        if major not in _VERSIONS:
            msg = f"there is no in-memory Elasticsearch {major}, only 6, 8 and 9"
            raise ValueError(msg)
        self.major = major
        self.typed = major < _TYPELESS
        self.indexes: dict[str, MemoryIndex] = {}
        self.templates: dict[str, dict[str, Any]] = {}
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)

    def handle(self, method: str, target: str, body: bytes | str | None) -> tuple[int, Any]:
        """Return status and JSON of the answer to a request, sent to a path with parameters.

        Raises:
            NotInMemoryError: if only a real server can answer.
        """
        parts = urlsplit(target)
        path = [unquote(part) for part in parts.path.split("/") if part]
        if self.typed and path[1:2] == ["doc"]:
            path[1:2] = [] if path[2:] and path[2] in _AFTER_TYPE else ["_doc"]
        text = body.decode() if isinstance(body, bytes) else body or "{}"
        lines = text.split("\n") if path[-1:] == ["_bulk"] else [text]
        with self._lock:
            try:
                bodies = [json.loads(line) for line in lines if line]
                return self._answer([method, *path], dict(parse_qsl(parts.query)), bodies)
            except Refusal as refusal:
                error = {**refusal.error, "root_cause": [refusal.error]}
                return refusal.status, {"error": error, "status": refusal.status}

    def documents(self) -> list[Document]:
        """Return all stored documents, in the order in which they were first stored."""
        with self._lock:
            found = [one for index in self.indexes.values() for one in index.documents.values()]
            return sorted(found, key=lambda document: document.order)

    def delete_documents(self) -> None:
        """Delete all documents, but neither indexes nor templates."""
        with self._lock:
            for index in self.indexes.values():
                index.documents.clear()

    def _answer(  # noqa: C901, PLR0911, PLR0912 - the list of what can be asked
        self, request: list[str], params: Mapping[str, str], bodies: list[Any]
    ) -> tuple[int, Any]:
        body = bodies[0]
        match request:
            case ["GET", "_nodes", *_]:
                version = _VERSIONS[self.major]
                return 200, {"nodes": {"memory": {"name": "memory", "version": version}}}
            case ["GET", "_cluster", "settings"]:
                return 200, {"defaults": {"action": {"auto_create_index": "true"}}}
            case ["GET", "_cluster", "state", "routing_table", *_]:
                return 200, {}  # all shards are there, always
            case ["GET", "_cat", "indices", names]:
                return 200, [index.row() for index in self._indexes(names, params)]
            case ["GET", "_index_template" | "_template", *names]:
                return 200, self._get_templates(names)
            case ["PUT", "_index_template" | "_template", name]:
                self._put_template(name, body)
            case ["DELETE", "_index_template" | "_template", name]:
                self.templates.pop(name, None)
            case ["PUT", name] if not body:
                self._index(name)
            case ["DELETE", names] if "*" not in names:
                for index in self._indexes(names, params):
                    del self.indexes[index.name]
            case ["PUT", name, "_mapping", *_]:
                self._index(name).add_mapping(body)
            case ["GET", name, "_mapping"]:
                (index,) = self._indexes(name, params)
                mapping = {"doc": index.mapping} if self.typed else index.mapping
                return 200, {name: {"mappings": mapping}}
            case ["GET", names, "_alias"]:
                return 200, {one.name: {"aliases": {}} for one in self._indexes(names, params)}
            case ["POST", names, "_refresh"]:
                return 200, {"_shards": Search({}, self._indexes(names, params)).shards}
            case ["PUT", name, "_doc", document_id]:
                return self._write(name, document_id, params, body)
            case ["DELETE", name, "_doc", document_id]:
                return self._write(name, document_id, params)
            case ["GET", name, "_doc", document_id]:
                document = self._indexes(name, params)[0].get(document_id)
                return 200 if document["found"] else 404, document
            case ["POST", name, "_mget"]:
                (index,) = self._indexes(name, params)
                return 200, {"docs": [index.get(one) for one in body["ids"]]}
            case ["POST", *names, "_bulk"]:
                return 200, self._bulk("".join(names), iter(bodies))
            case ["GET" | "POST", *names, "_search"] if "scroll" not in params:
                search = Search(body, self._indexes("".join(names), params))
                return 200, search.answer(typed=self.typed)
            case ["GET" | "POST", *names, "_count"]:
                search = Search(body, self._indexes("".join(names), params))
                return 200, {"count": len(search.found), "_shards": search.shards}
            case [method, *path]:
                raise NotInMemoryError("the request", f"{method} /{'/'.join(path)}")
        return 200, {"acknowledged": True}

    def _put_template(self, name: str, body: dict[str, Any]) -> None:
        for other, there in {} if self.typed else self.templates.items():
            both = [(one, two) for one in body["index_patterns"] for two in there["index_patterns"]]
            rival = other != name and there.get("priority") == body.get("priority")
            if rival and any(patterns_overlap(one, two) for one, two in both):
                reason = f"index template [{name}] has index patterns matching [{other}]"
                raise Refusal(400, "illegal_argument_exception", reason)
        MemoryIndex(name, self._mapping(body))  # refuses what can't be done
        self.templates[name] = body

    def _get_templates(self, names: list[str]) -> dict[str, Any]:
        found = {name: one for name, one in self.templates.items() if not names or name in names}
        if names and not found:
            reason = f"index template matching {names} not found"
            raise Refusal(404, "resource_not_found_exception", reason)
        listed = [{"name": name, "index_template": body} for name, body in found.items()]
        return found if self.typed else {"index_templates": listed}

    def _mapping(self, template: Mapping[str, Any]) -> Mapping[str, Any]:
        mapping: Mapping[str, Any] = template.get("template", template).get("mappings") or {}
        return mapping.get("doc", mapping) if self.typed else mapping

    def _index(self, name: str) -> MemoryIndex:
        """Return an index to write to; one that isn't there is created by its template."""
        if name not in self.indexes:
            try:
                validate_name(name)
            except ValueError as error:
                raise Refusal(400, "invalid_index_name_exception", str(error)) from error
            found = [
                body
                for body in self.templates.values()
                if any(fnmatchcase(name, pattern) for pattern in body["index_patterns"])
            ]
            if len(found) > 1 or any(body.get("template", body).get("aliases") for body in found):
                raise NotInMemoryError("an index of several templates, or with aliases:", name)
            self.indexes[name] = MemoryIndex(name, self._mapping(found[0]) if found else {})
        return self.indexes[name]

    def _indexes(self, expression: str, params: Mapping[str, str]) -> list[MemoryIndex]:
        """Return the indexes of names and patterns; what follows a minus sign is taken out."""
        found: set[str] = set()
        for part in (expression or "*").split(","):
            if part.startswith(("<", "_")) or ":" in part:
                raise NotInMemoryError("the index expression", part)
            matching = {name for name in self.indexes if fnmatchcase(name, part.lstrip("-"))}
            if not matching and "*" not in part and params.get("ignore_unavailable") != "true":
                raise Refusal(404, "index_not_found_exception", f"no such index [{part}]")
            found = found - matching if part.startswith("-") else found | matching
        return [self.indexes[name] for name in sorted(found)]

    def _write(
        self, name: str, document_id: str, options: Mapping[str, Any], source: Any = None
    ) -> tuple[int, dict[str, Any]]:
        """Store a document, or delete it."""
        index = self._index(name)
        if source is None:
            there = index.delete(document_id, options)
            return 200 if there else 404, {"result": "deleted" if there else "not_found"}
        document, created = index.store(document_id, source, options, next(self._numbers))
        result = "created" if created else "updated"
        return 201 if created else 200, {**document.about, "result": result}

    def _bulk(self, default: str, lines: Iterator[Any]) -> dict[str, Any]:
        items = []
        for line in lines:
            ((action, about),) = line.items()
            name, document_id = about.get("_index", default), about["_id"]
            source = None if action == "delete" else next(lines)
            try:
                options = {**about, "op_type": action}
                status, answer = self._write(name, document_id, options, source)
            except Refusal as refusal:
                status, answer = refusal.status, {"error": refusal.error}
            items.append({action: {"_index": name, "_id": document_id, **answer, "status": status}})
        failed = any("error" in answer for item in items for answer in item.values())
        return {"took": 0, "errors": failed, "items": items}
