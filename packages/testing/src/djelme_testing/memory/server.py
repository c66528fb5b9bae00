"""An Elasticsearch in memory: the requests that djelme makes, and a documented part of searches."""

from __future__ import annotations

import itertools
import json
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from djelme_testing.memory.catalog import Catalog
from djelme_testing.memory.refusal import NotInMemoryError, Refusal
from djelme_testing.memory.searching import Searching, kept_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from djelme_testing.memory.storage import Document, MemoryIndex

__all__ = ("MemoryServer",)

_VERSIONS = {8: "8.19.3", 6: "6.8.23"}
#: The first version without mapping types and with composable templates only.
_TYPELESS = 8
_AFTER_TYPE = frozenset({"_bulk", "_count", "_mget", "_search"})
_WITH_NAME = 2
_NOT_FOUND = 404
_WRITING = frozenset({"op_type", "version", "version_type", "if_seq_no", "if_primary_term"})
_SEARCH_PARAMS = frozenset({"size", "from", "sort", "track_total_hits"})
_ACTIONS = frozenset({"create", "delete", "index"})


class MemoryServer:
    """Answers HTTP requests as one node of Elasticsearch would, from memory.

    What was stored is found at once, as if every request were followed by a refresh. Safe to share
    between threads.

    Args:
        major: 6 or 8.

    Attributes:
        major: the major version whose language it speaks.
        catalog: its indexes and templates.
    """

    def __init__(self, major: int = 8) -> None:
        if major not in _VERSIONS:
            msg = f"there is no in-memory Elasticsearch {major}, only 6 and 8"
            raise ValueError(msg)
        self.major = major
        self.catalog = Catalog(major)
        self._lock = threading.RLock()
        self._kept: dict[str, list[Document]] = {}
        self._pages: dict[str, tuple[Searching, list[Document]]] = {}
        self._numbers = itertools.count(1)

    def handle(self, method: str, target: str, body: bytes | str | None) -> tuple[int, Any]:
        """Return status and JSON of the answer to a request.

        Args:
            method: of HTTP.
            target: path and parameters.
            body: as it was sent.

        Raises:
            NotInMemoryError: if only a real server can answer.
        """
        parts = urlsplit(target)
        path = [unquote(part) for part in parts.path.split("/") if part]
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        with self._lock:
            try:
                return self._route("GET" if method == "HEAD" else method, path, params, body)
            except Refusal as refusal:
                error = {"type": refusal.kind, "reason": refusal.reason}
                told = {**error, "root_cause": [error]}
                return refusal.status, {"error": told, "status": refusal.status}

    def documents(self) -> list[Document]:
        """Return all stored documents, in the order in which they were first stored."""
        with self._lock:
            found = [
                one for index in self.catalog.indexes.values() for one in index.documents.values()
            ]
        return sorted(found, key=lambda one: one.order)

    def delete_documents(self) -> None:
        """Delete all documents, but neither indexes nor templates."""
        with self._lock:
            for index in self.catalog.indexes.values():
                index.documents.clear()

    # Requests.

    def _route(
        self, method: str, path: list[str], params: dict[str, str], body: bytes | str | None
    ) -> tuple[int, Any]:
        if not path:
            return 200, {"version": {"number": _VERSIONS[self.major]}, "tagline": "in memory"}
        name = next((part for part in path[:2] if part.startswith("_")), "")
        if self.major < _TYPELESS and path[1:2] == ["doc"]:
            name = path[2] if path[2:] and path[2] in _AFTER_TYPE else "_doc"
        route = self._routes.get(name)
        if route is None:
            msg = f"the request {method} /{'/'.join(path)}"
            raise NotInMemoryError(msg)
        return route(self, method, path, params, body)

    def _node(self, *_request: Any) -> tuple[int, Any]:
        return 200, {"nodes": {"memory": {"name": "memory", "version": _VERSIONS[self.major]}}}

    def _cluster(self, method: str, path: list[str], *_rest: Any) -> tuple[int, Any]:
        if method == "GET" and path[1:] == ["settings"]:
            # It makes an index for any write, as a server does unless it is told otherwise.
            return 200, {"defaults": {"action": {"auto_create_index": "true"}}}
        if method == "GET" and path[1:3] == ["state", "routing_table"]:
            return 200, {}  # all shards are there, always
        if path[1:2] != ["health"]:
            msg = f"the request {method} /{'/'.join(path)}"
            raise NotInMemoryError(msg)
        return 200, {"cluster_name": "memory", "status": "green", "timed_out": False}

    def _template(
        self, method: str, path: list[str], _params: dict[str, str], body: bytes | str | None
    ) -> tuple[int, Any]:
        kind = path[0]
        if kind != ("_index_template" if self.major >= _TYPELESS else "_template"):
            msg = f"the request {method} /{'/'.join(path)}"
            raise NotInMemoryError(msg)
        if method == "POST" and path[1:2] in (["_simulate"], ["_simulate_index"]):
            return 200, {"template": self.catalog.simulated(path[1], path[2])}
        if method == "GET":
            return self._templates(path[1] if len(path) == _WITH_NAME else "*")
        if len(path) != _WITH_NAME:
            msg = f"the request {method} /{'/'.join(path)}"
            raise NotInMemoryError(msg)
        name = path[1]
        if method in {"PUT", "POST"}:
            self.catalog.put_template(name, _json(body))
            return 200, {"acknowledged": True}
        if name not in self.catalog.templates:
            raise _no_template(name)
        del self.catalog.templates[name]
        return 200, {"acknowledged": True}

    def _templates(self, names: str) -> tuple[int, Any]:
        there = self.catalog.templates
        found = {name: there[name] for name in names.split(",") if name in there}
        if names == "*":
            found = there
        elif not found and self.major >= _TYPELESS:
            raise _no_template(names)
        if self.major < _TYPELESS:
            return 200 if found or names == "*" else _NOT_FOUND, found
        return 200, {
            "index_templates": [
                {"name": name, "index_template": body} for name, body in found.items()
            ]
        }

    def _index(
        self, method: str, path: list[str], params: dict[str, str], body: bytes | str | None
    ) -> tuple[int, Any]:
        if len(path) != 1:
            msg = f"the request {method} /{'/'.join(path)}"
            raise NotInMemoryError(msg)
        if method == "PUT":
            self.catalog.create(path[0], _json(body))
            return 200, {"acknowledged": True, "shards_acknowledged": True, "index": path[0]}
        if method == "DELETE" and ("*" in path[0] or path[0] == "_all"):
            reason = "Wildcard expressions or all indices are not allowed"
            raise Refusal(400, "illegal_argument_exception", reason)
        found = self.catalog.resolve(path[0], params)
        if method == "DELETE":
            for index in found:
                del self.catalog.indexes[index.name]
            return 200, {"acknowledged": True}
        if method != "GET":
            msg = f"the request {method} /{'/'.join(path)}"
            raise NotInMemoryError(msg)
        return 200, {
            index.name: {
                "aliases": {alias: {} for alias in index.aliases},
                "mappings": self._mappings(index),
                "settings": {"index": {"number_of_shards": str(index.shards)}},
            }
            for index in found
        }

    def _mapping(
        self, method: str, path: list[str], params: dict[str, str], body: bytes | str | None
    ) -> tuple[int, Any]:
        if not path[0].startswith("_") and method in {"PUT", "POST"}:
            for index in self.catalog.resolve(path[0], params):
                index.mapping.add(_json(body))
            return 200, {"acknowledged": True}
        found = self.catalog.resolve("" if path[0].startswith("_") else path[0], params)
        return 200, {index.name: {"mappings": self._mappings(index)} for index in found}

    def _mappings(self, index: MemoryIndex) -> dict[str, Any]:
        body = index.mapping.body
        return body if self.major >= _TYPELESS else {"doc": body}

    def _alias(
        self, method: str, path: list[str], params: dict[str, str], _body: Any
    ) -> tuple[int, Any]:
        if method != "GET":
            msg = f"the request {method} /{'/'.join(path)}"
            raise NotInMemoryError(msg)
        found = self.catalog.resolve(path[0], params)
        return 200, {
            index.name: {"aliases": {alias: {} for alias in index.aliases}} for index in found
        }

    def _refresh(
        self, _method: str, path: list[str], params: dict[str, str], _body: Any
    ) -> tuple[int, Any]:
        found = self.catalog.resolve("" if path[0].startswith("_") else path[0], params)
        shards = sum(index.shards for index in found)
        return 200, {"_shards": {"total": shards, "successful": shards, "failed": 0}}

    def _cat(
        self, method: str, path: list[str], params: dict[str, str], _body: Any
    ) -> tuple[int, Any]:
        if path[1:2] != ["indices"] or params.get("format") != "json":
            msg = f"the request {method} /{'/'.join(path)}"
            raise NotInMemoryError(msg)
        names = path[2] if len(path) > _WITH_NAME else ""
        rows = []
        for index in self.catalog.resolve(names, params):
            row = {
                "health": "green",
                "status": "open",
                "index": index.name,
                "pri": str(index.shards),
                "docs.count": str(len(index.documents)),
                "pri.store.size": str(index.bytes()),
                "store.size": str(index.bytes()),
            }
            wanted = params.get("h", "").split(",") if params.get("h") else list(row)
            rows.append({name: row.get(name) for name in wanted})
        return 200, rows

    # Documents.

    def _document(
        self, method: str, path: list[str], params: dict[str, str], body: bytes | str | None
    ) -> tuple[int, Any]:
        name, document_id = (
            path[0],
            path[2] if len(path) > _WITH_NAME else f"memory-{next(self._numbers)}",
        )
        options = {key: value for key, value in params.items() if key in _WRITING}
        if path[1] == "_create":
            options["op_type"] = "create"
        if method == "GET":
            return self._get(name, document_id)
        if method == "DELETE":
            return self._delete(name, document_id, options)
        return self._store(name, document_id, _json(body), options)

    def _store(
        self, name: str, document_id: str, source: Mapping[str, Any], options: Mapping[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        index = self.catalog.for_writing(name)
        document, created = index.store(document_id, source, options, next(self._numbers))
        return 201 if created else 200, {
            **self._about(document),
            "result": "created" if created else "updated",
            "_shards": {"total": 1, "successful": 1, "failed": 0},
        }

    def _about(self, document: Document) -> dict[str, Any]:
        return {
            "_index": document.index,
            **({} if self.major >= _TYPELESS else {"_type": "doc"}),
            "_id": document.id,
            "_version": document.version,
            "_seq_no": document.seq_no,
            "_primary_term": 1,
        }

    def _get(self, name: str, document_id: str) -> tuple[int, dict[str, Any]]:
        (index,) = self.catalog.resolve(name, {})
        document = index.documents.get(document_id)
        if document is None:
            return _NOT_FOUND, {"_index": index.name, "_id": document_id, "found": False}
        source = kept_source(document.source, index.mapping.keeps_source)
        told = {} if source is None else {"_source": source}
        return 200, {**self._about(document), "found": True, **told}

    def _delete(
        self, name: str, document_id: str, options: Mapping[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        index = self.catalog.for_writing(name)
        there = index.delete(document_id, options)
        result = "deleted" if there else "not_found"
        about = {"_index": index.name, "_id": document_id, "result": result}
        return 200 if there else _NOT_FOUND, about

    def _mget(
        self, _method: str, path: list[str], _params: dict[str, str], body: bytes | str | None
    ) -> tuple[int, Any]:
        asked = _json(body)
        if path[0].startswith("_") or "ids" not in asked:
            raise NotInMemoryError("a request for documents by other than one index and ids")
        return 200, {"docs": [self._get(path[0], one)[1] for one in asked["ids"]]}

    def _bulk(
        self, _method: str, path: list[str], _params: dict[str, str], body: bytes | str | None
    ) -> tuple[int, Any]:
        default = None if path[0].startswith("_") else path[0]
        lines = iter([line for line in _text(body).split("\n") if line])
        items = []
        for line in lines:
            ((action, about),) = json.loads(line).items()
            if action not in _ACTIONS:
                msg = f"the action {action!r} in a bulk"
                raise NotInMemoryError(msg)
            source = json.loads(next(lines)) if action != "delete" else {}
            items.append({action: self._bulk_item(action, about, default, source)})
        failed = any("error" in next(iter(item.values())) for item in items)
        # More than `filter_path` asks for is told, which nobody minds.
        return 200, {"took": 0, "errors": failed, "items": items}

    def _bulk_item(
        self, action: str, about: Mapping[str, Any], default: str | None, source: dict[str, Any]
    ) -> dict[str, Any]:
        name, document_id = about.get("_index", default), about.get("_id")
        options: dict[str, Any] = {key: about[key] for key in _WRITING & about.keys()}
        if action == "create":
            options["op_type"] = "create"
        try:
            if action == "delete":
                status, told = self._delete(name or "", str(document_id), options)
            else:
                document_id = document_id or f"memory-{next(self._numbers)}"
                status, told = self._store(name or "", str(document_id), source, options)
        except Refusal as refusal:
            error = {"type": refusal.kind, "reason": refusal.reason}
            return {"_index": name, "_id": document_id, "status": refusal.status, "error": error}
        return {**told, "status": status}

    # Searches.

    def _search(
        self, method: str, path: list[str], params: dict[str, str], body: bytes | str | None
    ) -> tuple[int, Any]:
        asked = _json(body)
        if path[-1] == "scroll":
            return self._scroll(method, asked)
        for name in _SEARCH_PARAMS & params.keys():
            value = params[name]
            asked.setdefault(name, value.split(",") if name == "sort" else _parsed(value))
        expression = "" if path[0].startswith("_") else path[0]
        point = asked.pop("pit", None)
        kept = None if point is None else self._point(point["id"])
        found_in = self.catalog.resolve(expression, params)
        if kept is not None:
            names = {one.index for one in kept}
            found_in = [self.catalog.indexes[name] for name in sorted(names)]
            sorts = asked.get("sort") or []
            asked["sort"] = [*(sorts if isinstance(sorts, list) else [sorts])]
            if "_shard_doc" not in asked["sort"]:
                asked["sort"].append("_shard_doc")
        searching = Searching(asked, found_in, self.major, kept)
        found = searching.matching()
        if params.get("scroll"):
            return 200, self._first_page(searching, found)
        shown = found
        if asked.get("post_filter"):
            kept_ids = {(one.index, one.id) for one in searching.matching("post_filter")}
            shown = [one for one in found if (one.index, one.id) in kept_ids]
        answer = searching.answer(found, searching.page(shown), len(shown))
        if kept is not None:
            answer["pit_id"] = point["id"]
        return 200, answer

    def _count(
        self, _method: str, path: list[str], params: dict[str, str], body: bytes | str | None
    ) -> tuple[int, Any]:
        asked = _json(body)
        unknown = asked.keys() - {"query"}
        if unknown:
            raise Refusal(400, "parsing_exception", f"request does not support [{min(unknown)}]")
        expression = "" if path[0].startswith("_") else path[0]
        indexes = self.catalog.resolve(expression, params)
        found = Searching(asked, indexes, self.major).matching()
        shards = sum(index.shards for index in indexes)
        told = {"total": shards, "successful": shards, "skipped": 0, "failed": 0}
        return 200, {"count": len(found), "_shards": told}

    def _first_page(self, searching: Searching, found: list[Document]) -> dict[str, Any]:
        scroll_id = f"scroll-{next(self._numbers)}"
        page, rest = found[: searching.size], found[searching.size :]
        self._pages[scroll_id] = (searching, rest)
        return {**searching.answer(found, page), "_scroll_id": scroll_id}

    def _scroll(self, method: str, asked: Mapping[str, Any]) -> tuple[int, Any]:
        given = asked.get("scroll_id")
        ids = given if isinstance(given, list) else [given]
        if method == "DELETE":
            freed = sum(self._pages.pop(str(one), None) is not None for one in ids)
            return 200 if freed else _NOT_FOUND, {"succeeded": True, "num_freed": freed}
        if ids[0] not in self._pages:
            reason = f"No search context found for id [{ids[0]}]"
            raise Refusal(_NOT_FOUND, "search_context_missing_exception", reason)
        searching, rest = self._pages[ids[0]]
        page, rest = rest[: searching.size], rest[searching.size :]
        self._pages[ids[0]] = (searching, rest)
        return 200, {**searching.answer([*page, *rest], page), "_scroll_id": ids[0]}

    def _point_in_time(
        self, method: str, path: list[str], params: dict[str, str], body: bytes | str | None
    ) -> tuple[int, Any]:
        if method == "DELETE":
            freed = self._kept.pop(str(_json(body).get("id")), None) is not None
            return 200, {"succeeded": freed, "num_freed": int(freed)}
        indexes = self.catalog.resolve(path[0], params)
        point = f"pit-{next(self._numbers)}"
        self._kept[point] = [one for index in indexes for one in index.documents.values()]
        return 200, {"id": point}

    def _point(self, point: str) -> list[Document]:
        if point not in self._kept:
            reason = f"No search context found for id [{point}]"
            raise Refusal(_NOT_FOUND, "search_context_missing_exception", reason)
        return self._kept[point]

    _routes: Mapping[str, Callable[..., tuple[int, Any]]] = {
        "": _index,
        "_all": _index,
        "_bulk": _bulk,
        "_cat": _cat,
        "_cluster": _cluster,
        "_count": _count,
        "_create": _document,
        "_doc": _document,
        "_index_template": _template,
        "_alias": _alias,
        "_mapping": _mapping,
        "_mget": _mget,
        "_nodes": _node,
        "_pit": _point_in_time,
        "_refresh": _refresh,
        "_search": _search,
        "_template": _template,
    }


def _no_template(name: str) -> Refusal:
    reason = f"index template matching [{name}] not found"
    return Refusal(_NOT_FOUND, "resource_not_found_exception", reason)


def _json(body: bytes | str | None) -> dict[str, Any]:
    text = _text(body)
    try:
        parsed = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise Refusal(400, "parse_exception", f"Failed to parse the request: {error}") from error
    if not isinstance(parsed, dict):
        raise Refusal(400, "parse_exception", "the body of a request should be an object")
    return parsed


def _text(body: bytes | str | None) -> str:
    if body is None:
        return ""
    return body.decode() if isinstance(body, bytes) else body


def _parsed(value: str) -> Any:
    return int(value) if value.isdigit() else {"true": True, "false": False}.get(value, value)
