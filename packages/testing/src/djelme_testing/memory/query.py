"""Queries: which documents they match. There is no relevance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from djelme_testing.memory.field_type import words
from djelme_testing.memory.moment import parse_moment
from djelme_testing.memory.refusal import NotInMemoryError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from djelme_testing.memory.field_type import FieldType
    from djelme_testing.memory.mapping import IndexMapping, Parsed

    Test: TypeAlias = Callable[[str, Parsed], bool]

__all__ = ("compile_query",)

_BOOL = frozenset({"must", "filter", "should", "must_not", "minimum_should_match", "boost"})
_BOUNDS = frozenset({"gt", "gte", "lt", "lte", "format", "boost"})
_DATE_FORMATS = frozenset({None, "strict_date_optional_time", "date_optional_time"})


def compile_query(query: Mapping[str, Any], mapping: IndexMapping) -> Test:
    """Return a test of documents by id and what can be searched of them.

    Args:
        query: as a search has it.
        mapping: of the index whose documents are tested.

    Raises:
        Refusal: if Elasticsearch would refuse the query, too.
        NotInMemoryError: if it can't be done in memory.
    """
    if len(query) != 1:
        reason = "a query should have exactly one name"
        raise Refusal(400, "parsing_exception", reason)
    ((name, body),) = query.items()
    make = _QUERIES.get(name)
    if make is None:
        msg = f"the query {name!r} (it knows {', '.join(sorted(_QUERIES))})"
        raise NotInMemoryError(msg)
    return make(body, mapping)


def _require(what: str, body: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = body.keys() - known
    if unknown:
        msg = f"{min(unknown)!r} in {what}"
        raise NotInMemoryError(msg)


def _match_all(_body: Any, _mapping: IndexMapping) -> Test:
    return lambda _id, _parsed: True


def _match_none(_body: Any, _mapping: IndexMapping) -> Test:
    return lambda _id, _parsed: False


def _ids(body: Any, _mapping: IndexMapping) -> Test:
    _require("the query 'ids'", body, frozenset({"values", "boost", "type"}))
    values = body.get("values", [])
    wanted = {str(value) for value in (values if isinstance(values, list) else [values])}
    return lambda id_, _parsed: id_ in wanted


def _exists(body: Any, mapping: IndexMapping) -> Test:
    path = body["field"]
    paths = [one for one in mapping.fields if one == path or one.startswith(f"{path}.")]
    return lambda _id, parsed: any(parsed.values.get(one) for one in paths)


def _field_and_value(name: str, body: Any, key: str) -> tuple[str, dict[str, Any]]:
    if not isinstance(body, dict) or len(body) != 1:
        raise Refusal(400, "parsing_exception", f"[{name}] query malformed, one field expected")
    ((path, told),) = body.items()
    return path, dict(told) if isinstance(told, dict) else {key: told}


def _term(body: Any, mapping: IndexMapping) -> Test:
    path, told = _field_and_value("term", body, "value")
    _require("the query 'term'", told, frozenset({"value", "boost", "case_insensitive"}))
    if told.get("case_insensitive"):
        raise NotInMemoryError("'case_insensitive' in the query 'term'")
    return _equal(path, [told.get("value")], mapping)


def _terms(body: Any, mapping: IndexMapping) -> Test:
    fields = {name: value for name, value in body.items() if name != "boost"}
    if len(fields) != 1:
        raise Refusal(400, "parsing_exception", "[terms] query needs exactly one field")
    ((path, values),) = fields.items()
    if not isinstance(values, list):
        raise NotInMemoryError("a look-up of terms in another document")
    return _equal(path, values, mapping)


def _equal(path: str, values: list[Any], mapping: IndexMapping) -> Test:
    if path == "_id":
        return _ids({"values": values}, mapping)
    field_type = mapping.fields.get(path)
    if field_type is None:
        return lambda _id, _parsed: False
    if field_type.name == "date":
        spans = [(_moment(value), _moment(value, upper=True)) for value in values]
        return lambda _id, parsed: any(
            low <= value <= high for value in parsed.values.get(path, ()) for low, high in spans
        )
    wanted = {field_type.parse_term(value) for value in values}
    return lambda _id, parsed: any(value in wanted for value in _searchable(field_type, parsed))


def _searchable(field_type: FieldType, parsed: Parsed) -> list[Any]:
    values = parsed.values.get(field_type.path, [])
    if field_type.name != "text":
        return values
    return [word for value in values for word in words(field_type, value)]


def _range(body: Any, mapping: IndexMapping) -> Test:
    path, told = _field_and_value("range", body, "gte")
    _require("the query 'range'", told, _BOUNDS)
    field_type = mapping.fields.get(path)
    if field_type is None:
        return lambda _id, _parsed: False
    if field_type.name == "text":
        msg = f"a range of {path}, which is a text"
        raise NotInMemoryError(msg)
    if told.get("format") not in _DATE_FORMATS:
        msg = f"the format {told['format']!r} of a range"
        raise NotInMemoryError(msg)
    given = [told[name] for name in ("gt", "gte", "lt", "lte") if told.get(name) is not None]
    if field_type.name == "date" and len({isinstance(one, str) for one in given}) > 1:
        raise NotInMemoryError("a range of time with one bound as a number and one as text")
    bounds = {
        name: _bound(name, told[name], field_type)
        for name in ("gt", "gte", "lt", "lte")
        if told.get(name) is not None
    }
    tests = [(_COMPARISONS[name], bound) for name, bound in bounds.items()]
    return lambda _id, parsed: any(
        all(fits(value, bound) for fits, bound in tests) for value in parsed.values.get(path, ())
    )


def _bound(name: str, value: Any, field_type: FieldType) -> Any:
    if field_type.name == "date":
        return _moment(value, upper=name in {"gt", "lte"})
    return field_type.parse_term(value)


def _moment(value: Any, *, upper: bool = False) -> int:
    if isinstance(value, str) and (value.startswith("now") or "||" in value):
        msg = f"the date arithmetic of {value!r}"
        raise NotInMemoryError(msg)
    return parse_moment(value, upper=upper)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def _bool(body: Any, mapping: IndexMapping) -> Test:
    _require("the query 'bool'", body, _BOOL)
    parts = {
        name: [compile_query(query, mapping) for query in _listed(body.get(name, []))]
        for name in ("must", "filter", "should", "must_not")
    }
    all_of = parts["must"] + parts["filter"]
    should, none_of = parts["should"], parts["must_not"]
    least = body.get("minimum_should_match")
    if least is None:
        least = 0 if all_of or not should else 1
    if not isinstance(least, int):
        msg = f"minimum_should_match {least!r}"
        raise NotInMemoryError(msg)

    def test(id_: str, parsed: Parsed) -> bool:
        return (
            all(one(id_, parsed) for one in all_of)
            and not any(one(id_, parsed) for one in none_of)
            and (least <= 0 or sum(one(id_, parsed) for one in should) >= least)
        )

    return test


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _constant_score(body: Any, mapping: IndexMapping) -> Test:
    _require("the query 'constant_score'", body, frozenset({"filter", "boost"}))
    return compile_query(body["filter"], mapping)


def _nested(body: Any, mapping: IndexMapping) -> Test:
    _require(
        "the query 'nested'", body, frozenset({"path", "query", "score_mode", "ignore_unmapped"})
    )
    path, inner = body["path"], compile_query(body["query"], mapping)
    return lambda id_, parsed: any(inner(id_, one) for one in parsed.nested.get(path, ()))


def _match(body: Any, mapping: IndexMapping) -> Test:
    path, told = _field_and_value("match", body, "query")
    _require("the query 'match'", told, frozenset({"query", "operator", "boost"}))
    field_type = mapping.fields.get(path)
    if field_type is None or field_type.name != "text":
        return _equal(path, [told.get("query")], mapping)
    wanted = set(words(field_type, str(told.get("query"))))
    every = str(told.get("operator", "or")).lower() == "and"

    def test(_id: str, parsed: Parsed) -> bool:
        found = wanted.intersection(_searchable(field_type, parsed))
        return found == wanted and bool(wanted) if every else bool(found)

    return test


def _prefix(body: Any, mapping: IndexMapping) -> Test:
    path, told = _field_and_value("prefix", body, "value")
    _require("the query 'prefix'", told, frozenset({"value", "boost"}))
    return _spelled(path, re.escape(str(told["value"])) + ".*", mapping)


def _wildcard(body: Any, mapping: IndexMapping) -> Test:
    path, told = _field_and_value("wildcard", body, "value")
    _require("the query 'wildcard'", told, frozenset({"value", "wildcard", "boost"}))
    pattern = str(told.get("value", told.get("wildcard")))
    if "\\" in pattern:
        raise NotInMemoryError("a backslash in the query 'wildcard'")
    meaning = {"*": ".*", "?": "."}
    return _spelled(path, "".join(meaning.get(one, re.escape(one)) for one in pattern), mapping)


def _spelled(path: str, regex: str, mapping: IndexMapping) -> Test:
    field_type = mapping.fields.get(path)
    if field_type is None:
        return lambda _id, _parsed: False
    if field_type.name not in {"keyword", "text"}:
        reason = f"field [{path}] of type [{field_type.name}] has no prefixes and wildcards"
        raise Refusal(400, "query_shard_exception", reason)
    compiled = re.compile(regex, re.DOTALL)
    return lambda _id, parsed: any(map(compiled.fullmatch, _searchable(field_type, parsed)))


_QUERIES: dict[str, Callable[[Any, IndexMapping], Test]] = {
    "bool": _bool,
    "constant_score": _constant_score,
    "exists": _exists,
    "ids": _ids,
    "match": _match,
    "match_all": _match_all,
    "match_none": _match_none,
    "nested": _nested,
    "prefix": _prefix,
    "range": _range,
    "term": _term,
    "terms": _terms,
    "wildcard": _wildcard,
}
