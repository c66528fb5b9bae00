"""Searches by filters: which documents, in which order, and what is given of each."""

from __future__ import annotations

import operator
from collections import Counter
from typing import TYPE_CHECKING, Any

from djelme_testing.memory import field_type
from djelme_testing.memory.refusal import NotInMemoryError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from djelme_testing.memory.index import Document, MemoryIndex

    Fields: TypeAlias = Mapping[str, Mapping[str, Any]]
    Test: TypeAlias = Callable[[Document], bool]

__all__ = ("Search",)

_KNOWN = ("query", "from", "size", "sort", "aggs", "docvalue_fields")
_IGNORED = ("seq_no_primary_term", "track_total_hits")  # both are as if they were true
_CLAUSES = ("must", "filter", "should", "must_not")
_COMPARISONS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
#: Bounds that mean the last moment where a text doesn't give all of one.
_UPPER = frozenset({"gt", "lte"})
_WINDOW = 10_000


class Search:
    """One search of indexes.

    Attributes:
        found: the documents that match, in the order of the search.
        shards: how many were searched, as an answer has it.

    Raises:
        Refusal: if Elasticsearch would refuse the search, too.
        NotInMemoryError: if it can't be done in memory.
    """

    def __init__(self, body: Mapping[str, Any], indexes: Sequence[MemoryIndex]) -> None:
        _require_known("a search", body, (*_KNOWN, *_IGNORED))
        self._body = body
        self._indexes = {index.name: index for index in indexes}
        self.shards = {"total": len(indexes), "successful": len(indexes), "failed": 0}
        query = body.get("query", {"match_all": {}})
        _compiled(query, {})  # what can't be done is refused where nothing can be found, too
        self.found: list[Document] = []
        for index in indexes:
            self.found += filter(_compiled(query, index.fields), index.documents.values())
        for sort in reversed(body.get("sort", [])):
            self._sort(sort)

    def answer(self, *, typed: bool) -> dict[str, Any]:
        """Return the answer to the request, with mapping types as up to Elasticsearch 6.

        Raises:
            Refusal: if what is asked for is too far back.
        """
        start, size = int(self._body.get("from", 0)), int(self._body.get("size", 10))
        if not 0 <= start <= start + size <= _WINDOW:
            reason = f"[from] + [size] must be between 0 and [{_WINDOW}]"
            raise Refusal(400, "illegal_argument_exception", reason)
        number = len(self.found)
        total = {"value": number, "relation": "eq"}
        hits = [self._hit(one) for one in self.found[start : start + size]]
        found = {"total": number if typed else total, "max_score": None, "hits": hits}
        answer = {"took": 0, "timed_out": False, "_shards": self.shards, "hits": found}
        wanted = self._body.get("aggs")
        return {**answer, "aggregations": self._counts(wanted)} if wanted else answer

    def _counts(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Return the number of documents by index, the only aggregation."""
        for aggregation in wanted.values():
            if aggregation.get("terms", {}).get("field") != "_index" or len(aggregation) > 1:
                kinds = aggregation.keys() - {"aggs", "aggregations", "meta"}
                raise NotInMemoryError("the aggregation", min(kinds, default=""))
        numbers = Counter(document.index for document in self.found).most_common()
        buckets = [{"key": name, "doc_count": number} for name, number in numbers]
        return {name: {"buckets": buckets} for name in wanted}

    def _sort(self, sort: Any) -> None:
        """Sort what was found by one field; documents without it come last."""
        path, given = (sort, {}) if isinstance(sort, str) else next(iter(sort.items()))
        options = given if isinstance(given, dict) else {"order": given}
        _require_known("the sort of a search", options, ("order",))
        for index in self._indexes.values():
            if path not in index.fields:
                reason = f"No mapping found for [{path}] in order to sort on"
                raise Refusal(400, "query_shard_exception", reason)
            field_type.require_comparable(path, index.fields[path], "doc_values")
        descending = options.get("order") == "desc"
        first = max if descending else min
        having = [document for document in self.found if document.values.get(path)]
        having.sort(key=lambda one: first(one.values[path]), reverse=descending)
        self.found = having + [one for one in self.found if not one.values.get(path)]

    def _hit(self, document: Document) -> dict[str, Any]:
        index = self._indexes[document.index]
        hit = {**document.about, **index.source_of(document)}
        for one in self._body.get("docvalue_fields", []):
            path, form = (one, None) if isinstance(one, str) else (one["field"], one.get("format"))
            values = document.values.get(path)
            if values:
                field = index.fields[path]
                field_type.require_comparable(path, field, "doc_values")
                unique = set(values) if field["type"] == "keyword" else values
                given = [field_type.doc_value(field, value, form) for value in sorted(unique)]
                hit.setdefault("fields", {})[path] = given
        return hit


def _compiled(query: Mapping[str, Any], fields: Fields) -> Test:
    name, body = _only("a query", query)
    if name not in _QUERIES:
        raise NotInMemoryError("the query", name)
    return _QUERIES[name](body, fields)


def _bool(body: Any, fields: Fields) -> Test:
    _require_known("the query 'bool'", body, (*_CLAUSES, "minimum_should_match", "boost"))
    must, filters, should, must_not = (
        [_compiled(query, fields) for query in _listed(body.get(clause, []))] for clause in _CLAUSES
    )
    least = body.get("minimum_should_match", 0 if must or filters or not should else 1)
    if not isinstance(least, int):
        raise NotInMemoryError("minimum_should_match:", least)
    return lambda document: (
        all(test(document) for test in must + filters)
        and not any(test(document) for test in must_not)
        and sum(test(document) for test in should) >= least
    )


def _exists(body: Any, fields: Fields) -> Test:
    paths = [path for path in fields if f"{path}.".startswith(f"{body['field']}.")]
    return lambda document: any(document.values.get(path) for path in paths)


def _term(body: Any, fields: Fields) -> Test:
    path, value = _only("[term]", body)
    options = value if isinstance(value, dict) else {"value": value}
    _require_known("the query 'term'", options, ("value", "boost"))
    return _terms({path: [options["value"]]}, fields)


def _terms(body: Any, fields: Fields) -> Test:
    path, values = _only("[terms]", {name: one for name, one in body.items() if name != "boost"})
    if not isinstance(values, list):
        raise NotInMemoryError("a look-up of terms in another document")
    ranges = [_range({path: {"gte": value, "lte": value}}, fields) for value in values]
    return lambda document: any(test(document) for test in ranges)


def _range(body: Any, fields: Fields) -> Test:
    path, options = _only("[range]", body)
    _require_known("the query 'range'", options, (*_COMPARISONS, "boost"))
    given = [name for name in _COMPARISONS if options.get(name) is not None]
    bounds = [(_COMPARISONS[name], _bound(path, name, options[name], fields)) for name in given]
    return lambda document: any(
        all(fits(value, bound) for fits, bound in bounds) for value in document.values.get(path, ())
    )


def _bound(path: str, name: str, value: Any, fields: Fields) -> Any:
    field = fields.get(path)
    if field is None:
        return value  # no document has it
    field_type.require_comparable(path, field, "index")
    try:
        if field["type"] == "date":
            if "now" in str(value) or "||" in str(value):
                raise NotInMemoryError("date arithmetic as in", value)
            return field_type.parse_moment(value, upper=name in _UPPER)
        if field["type"] in {"keyword", "boolean"}:
            return field_type.parse_value(path, field, value)
        return value if isinstance(value, int) else float(value)
    except (Refusal, TypeError, ValueError) as error:
        raise Refusal(400, "query_shard_exception", f"failed to create query: {error}") from error


def _require_known(where: str, body: Mapping[str, Any], known: Sequence[str]) -> None:
    for unknown in body.keys() - set(known):
        msg = f"{where} with"
        raise NotInMemoryError(msg, unknown)


def _only(what: str, body: Any) -> tuple[str, Any]:
    if not isinstance(body, dict) or len(body) != 1:
        raise Refusal(400, "parsing_exception", f"{what} should have exactly one name in it")
    return next(iter(body.items()))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_QUERIES: dict[str, Callable[[Any, Fields], Test]] = {
    "bool": _bool,
    "exists": _exists,
    "ids": lambda body, fields: _terms({"_id": _listed(body["values"])}, fields),
    "match_all": lambda _body, _fields: lambda _document: True,
    "range": _range,
    "term": _term,
    "terms": _terms,
}
