"""Searches: which documents, in which order, and what is told of each."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme_testing.memory.aggregation import Aggregator
from djelme_testing.memory.expression import matches
from djelme_testing.memory.field_type import FieldType
from djelme_testing.memory.mapping import IndexMapping
from djelme_testing.memory.query import compile_query
from djelme_testing.memory.refusal import NotInMemoryError, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from djelme_testing.memory.storage import Document, MemoryIndex

__all__ = ("Searching",)

_KNOWN = frozenset(
    {
        *("query", "post_filter", "from", "size", "sort", "search_after", "aggs", "aggregations"),
        *("_source", "docvalue_fields", "track_total_hits", "track_scores", "timeout"),
        *("seq_no_primary_term", "version", "stored_fields"),
    }
)
_WINDOW = 10_000
#: The first version without mapping types, whose totals have a relation.
_TYPELESS = 7
_MAX_LONG = 2**63 - 1
_INFINITE = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
_META = {"_doc": "order", "_shard_doc": "order", "_seq_no": "seq_no", "_id": "id"}
_SORT_OPTIONS = frozenset({"order", "missing", "unmapped_type", "mode", "format"})


@dataclass(frozen=True)
class _Sort:
    """One thing to sort by.

    Attributes:
        path: the field, or one of the names that begin with an underscore.
        descending: whether the greatest comes first.
        missing: ``_last``, ``_first``, or a value, for documents without one.
        mode: which of several values counts, ``min`` or ``max``.
        field_type: of the field.
    """

    path: str
    descending: bool
    missing: Any
    mode: str
    field_type: FieldType | None

    def value_of(self, document: Document) -> Any:  # noqa: PLR0911 - one for each kind
        """Return what a document is sorted by, as an answer tells it."""
        if self.path == "_score":
            return 1.0
        if self.path in _META:
            return getattr(document, _META[self.path])
        values = document.parsed.values.get(self.path)
        if values:
            return min(values) if self.mode == "min" else max(values)
        if self.missing not in {"_first", "_last"}:
            return self.missing
        if self.field_type is None or self.field_type.name == "keyword":
            return None
        sign = 1 if (self.missing == "_last") != self.descending else -1
        if self.field_type.name in {"double", "float", "half_float"}:
            return sign * float("inf")
        return _MAX_LONG if sign > 0 else -_MAX_LONG - 1

    def compare(self, one: Any, other: Any) -> int:
        """Return -1, 0 or 1 for two of these values."""
        if one == other:
            return 0
        if one is None or other is None:
            last = 1 if one is None else -1
            return last if self.missing == "_last" else -last
        return -1 if (one < other) != self.descending else 1


class Searching:
    """One search.

    Args:
        body: of the request, with what its parameters say.
        indexes: that are searched.
        major: version of Elasticsearch whose answers are to be given.
        documents: what there is to find, if not all that the indexes have.

    Raises:
        Refusal: if Elasticsearch would refuse the search, too.
        NotInMemoryError: if it can't be done in memory.
    """

    def __init__(
        self,
        body: Mapping[str, Any],
        indexes: Sequence[MemoryIndex],
        major: int,
        documents: Iterable[Document] | None = None,
    ) -> None:
        unknown = {name for name, value in body.items() if value is not None} - _KNOWN
        if unknown:
            msg = f"{min(unknown)!r} in a search"
            raise NotInMemoryError(msg)
        self._body = body
        self._indexes = {index.name: index for index in indexes}
        self._major = major
        self._documents = documents
        self._sorts = [_sort(one, indexes) for one in _listed(body.get("sort") or [])]

    def matching(self, name: str = "query") -> list[Document]:
        """Return the documents that a query of the body matches, in the order of the search."""
        query = self._body.get(name) or {"match_all": {}}
        if not self._indexes:
            # Where nothing can be found, a query that can't be done is refused all the same.
            compile_query(query, IndexMapping({}))
        tests = {
            index.name: compile_query(query, index.mapping) for index in self._indexes.values()
        }
        found = [one for one in self._each() if tests[one.index](one.id, one.parsed)]
        return sorted(found, key=functools.cmp_to_key(self._compare)) if self._sorts else found

    def page(self, found: Sequence[Document]) -> list[Document]:
        """Return what is to be told of the documents that were found.

        Raises:
            Refusal: if it is too far back.
        """
        start, size = int(self._body.get("from") or 0), self.size
        if self._major < _TYPELESS:
            start = max(start, 0)
        if min(start, size) < 0:
            raise Refusal(400, "illegal_argument_exception", "[from] and [size] can't be negative")
        if start + size > _WINDOW:
            reason = f"Result window is too large, from + size must be at most [{_WINDOW}]"
            status = 400 if self._major >= _TYPELESS else 500
            raise Refusal(status, "illegal_argument_exception", reason)
        after = self._body.get("search_after")
        if after:
            found = [one for one in found if self._is_after(one, after)]
        return list(found[start : start + size])

    @property
    def size(self) -> int:
        """The most hits of an answer."""
        given = self._body.get("size")
        return 10 if given is None else int(given)

    def answer(
        self, found: Sequence[Document], hits: Sequence[Document], total: int | None = None
    ) -> dict[str, Any]:
        """Return the answer.

        Args:
            found: all documents that the query matched.
            hits: those to be told.
            total: how many there are to be told in all, if not all of `found`.
        """
        wanted = self._body.get("aggs") or self._body.get("aggregations")
        mappings = {name: index.mapping for name, index in self._indexes.items()}
        shards = sum(index.shards for index in self._indexes.values())
        told: dict[str, Any] = {
            "hits": [self.hit(one) for one in hits],
            "max_score": 1.0 if hits and not self._sorts else None,
        }
        told_total = self._total(len(found) if total is None else total)
        if told_total is not None:
            told = {"total": told_total, **told}
        answer = {
            "took": 0,
            "timed_out": False,
            "_shards": {"total": shards, "successful": shards, "skipped": 0, "failed": 0},
            "hits": told,
        }
        if wanted:
            answer["aggregations"] = Aggregator(mappings).run(wanted, found)
        return answer

    def hit(self, document: Document) -> dict[str, Any]:
        """Return what an answer tells of a document."""
        index = self._indexes[document.index]
        hit: dict[str, Any] = {"_index": document.index}
        if self._major < _TYPELESS:
            hit["_type"] = "doc"
        hit |= {"_id": document.id, "_score": None if self._sorts else 1.0}
        if self._body.get("version"):
            hit["_version"] = document.version
        if self._body.get("seq_no_primary_term"):
            hit |= {"_seq_no": document.seq_no, "_primary_term": 1}
        source = kept_source(document.source, index.mapping.keeps_source)
        wanted = self._body.get("_source", self._body.get("stored_fields") is None)
        if source is not None and wanted is not False:
            hit["_source"] = _asked_source(source, wanted)
        fields = _doc_values(document, index, self._body.get("docvalue_fields") or [])
        if fields:
            hit["fields"] = fields
        if self._sorts:
            hit["sort"] = [_told(one.value_of(document)) for one in self._sorts]
        return hit

    def _each(self) -> Iterator[Document]:
        if self._documents is None:
            for index in self._indexes.values():
                yield from index.documents.values()
        else:
            yield from self._documents

    def _compare(self, one: Document, other: Document) -> int:
        for sort in self._sorts:
            result = sort.compare(sort.value_of(one), sort.value_of(other))
            if result:
                return result
        return 0

    def _is_after(self, document: Document, after: Sequence[Any]) -> bool:
        if len(after) != len(self._sorts):
            reason = f"search_after has {len(after)} value(s) but sort has {len(self._sorts)}."
            raise Refusal(400, "illegal_argument_exception", reason)
        for sort, value in zip(self._sorts, after, strict=True):
            bound = float(value) if value in _INFINITE.values() else value
            result = sort.compare(sort.value_of(document), bound)
            if result:
                return result > 0
        return False

    def _total(self, number: int) -> Any:
        if self._major < _TYPELESS:
            return number
        track = self._body.get("track_total_hits")
        if track is False:
            return None
        limit = _WINDOW if track is None else float("inf") if track is True else int(track)
        if number > limit:
            return {"value": limit, "relation": "gte"}
        return {"value": number, "relation": "eq"}


def kept_source(source: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what an index keeps of a document's ``_source``; None for nothing.

    Args:
        source: what was stored.
        told: what the mapping says of the ``_source``.
    """
    if str(told.get("enabled", True)).lower() == "false":
        return None
    return _filtered(source, told.get("includes", ()), told.get("excludes", ()))


def _asked_source(source: Mapping[str, Any], asked: Any) -> Mapping[str, Any]:
    if asked is True or asked == "true":
        return source
    if isinstance(asked, dict):
        includes = asked.get("includes", asked.get("include", ()))
        excludes = asked.get("excludes", asked.get("exclude", ()))
        return _filtered(source, _listed(includes), _listed(excludes))
    return _filtered(source, _listed(asked), ())


def _filtered(
    source: Mapping[str, Any], includes: Sequence[str], excludes: Sequence[str], prefix: str = ""
) -> Mapping[str, Any]:
    if not includes and not excludes:
        return source
    kept: dict[str, Any] = {}
    for name, value in source.items():
        path = f"{prefix}{name}"
        if any(matches(pattern, path) for pattern in excludes):
            continue
        if includes and any(matches(pattern, path) for pattern in includes):
            kept[name] = (
                _filtered(value, (), excludes, f"{path}.") if isinstance(value, dict) else value
            )
        elif isinstance(value, dict):
            inner = _filtered(value, includes, excludes, f"{path}.")
            if inner:
                kept[name] = inner
        elif not includes:
            kept[name] = value
    return kept


def _doc_values(
    document: Document, index: MemoryIndex, wanted: Sequence[Any]
) -> dict[str, list[Any]]:
    fields: dict[str, list[Any]] = {}
    for one in wanted:
        asked = one if isinstance(one, dict) else {"field": one}
        path, form = asked["field"], asked.get("format")
        if "*" in path:
            raise NotInMemoryError("patterns in docvalue_fields")
        field_type = index.mapping.fields.get(path)
        values = document.parsed.values.get(path)
        if field_type is None or not values:
            continue
        if not field_type.is_sorted:
            msg = f"doc values of {path}, a field of the type {field_type.name}"
            raise NotInMemoryError(msg)
        unique = set(values) if field_type.name == "keyword" else values
        fields[path] = [_formatted(value, field_type, form) for value in sorted(unique)]
    return fields


def _formatted(value: Any, field_type: FieldType, form: str | None) -> Any:
    if field_type.name != "date":
        return value
    return field_type.format(value, form)


def _sort(given: Any, indexes: Sequence[MemoryIndex]) -> _Sort:
    if isinstance(given, str):
        path, told = given, {}
        if path.startswith("-"):
            path, told = path[1:], {"order": "desc"}
        elif ":" in path:
            path, _, order = path.partition(":")
            told = {"order": order}
    else:
        ((path, options),) = given.items()
        told = dict(options) if isinstance(options, dict) else {"order": options}
    unknown = told.keys() - _SORT_OPTIONS
    if unknown:
        msg = f"{min(unknown)!r} in the sort of a search"
        raise NotInMemoryError(msg)
    descending = told.get("order", "desc" if path == "_score" else "asc") == "desc"
    return _Sort(
        path,
        descending,
        told.get("missing", "_last"),
        told.get("mode", "max" if descending else "min"),
        _sorted_type(path, indexes, told.get("unmapped_type")),
    )


def _sorted_type(
    path: str, indexes: Sequence[MemoryIndex], unmapped_type: str | None
) -> FieldType | None:
    """Return the type of a field to sort by.

    Raises:
        Refusal: if it can't be sorted by.
    """
    if path in _META or path == "_score":
        return None
    found: FieldType | None = None
    for index in indexes:
        one = index.mapping.fields.get(path)
        if one is None and unmapped_type is not None:
            one = FieldType(path, unmapped_type)
        if one is None:
            reason = f"No mapping found for [{path}] in order to sort on"
            raise Refusal(400, "query_shard_exception", reason)
        if one.name == "text":
            reason = f"Fielddata is disabled on [{path}]; sort by a keyword field instead"
            raise Refusal(400, "illegal_argument_exception", reason)
        if not one.is_sorted:
            msg = f"sorting by {path}, a field of the type {one.name}"
            raise NotInMemoryError(msg)
        if found is not None and found.name != one.name:
            msg = f"sorting by {path}, which has several types"
            raise NotInMemoryError(msg)
        found = one
    return found


def _told(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return _INFINITE.get(value, value)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
