"""Queries that find documents of django-elasticsearch-metrics 2026.0 and of today alike.

That version wrote a cycle as "2026.2" where it is "2026.02" today, and the parts of a record's time
as a field of their own. A search of a record type says for both what a site's query says for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.timeparts import serialize_timeparts as padded
from elasticsearch_metrics.util.timeparts import serialize_timeparts as unpadded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ("RecordSearch", "both_forms", "parts_of", "with_both")

_QUERIES = ("match", "range", "term", "terms")
_BOUNDS = ("gt", "gte", "lt", "lte")


class RecordSearch:
    """What a search of a record type has in place of the DSL's own."""

    _doc_type: Any

    def to_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the body of the request."""
        body: dict[str, Any] = super().to_dict(*args, **kwargs)  # type: ignore[misc] # the DSL's
        own = self._doc_type[0].field_queries()
        for part in ("query", "post_filter"):
            if own and part in body:
                body[part] = with_both(body[part], own)
        return body


def with_both(query: Any, own: Mapping[str, Callable[[str, Any], dict[str, Any] | None]]) -> Any:
    """Return a query in which those on some fields are replaced.

    Args:
        query: as Elasticsearch takes it.
        own: by name of the field, what to ask in place of a query of a kind; None for the same.
    """
    if isinstance(query, list):
        return [with_both(part, own) for part in query]
    if not isinstance(query, dict):
        return query
    if _asks_both(query, own):
        return query
    for kind in _QUERIES:
        asked = query.get(kind)
        if isinstance(asked, dict):
            for field in own.keys() & asked.keys():
                replaced = own[field](kind, asked[field])
                if replaced is not None:
                    return replaced
    return {key: with_both(part, own) for key, part in query.items()}


def _asks_both(query: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    """Return whether a query has the choice in it already, as `time_query` makes it."""
    choice = query.get("should")
    if not isinstance(choice, list) or len(choice) == 1:
        return False
    return any(isinstance(part, dict) and own.keys() & part.get("range", {}) for part in choice)


def parts_of(value: object) -> tuple[int, ...] | None:
    """Return the parts of a time that is written in either form; None if it is no such thing."""
    if not isinstance(value, str):
        return None
    texts = value.rstrip(".").split(".")
    return tuple(map(int, texts)) if all(text.isdecimal() for text in texts) else None


def both_forms(field: str, kind: str, asked: Any, time_field: str) -> dict[str, Any] | None:
    """Return the query for a field that has one form in new documents and another one in old ones.

    Args:
        field: its name.
        kind: of the query.
        asked: its parameters.
        time_field: a field that only new documents have.
    """
    if kind == "range":
        if not isinstance(asked, dict):
            return None
        is_new = {"exists": {"field": time_field}}
        new = {"bool": {"filter": [is_new, _range(field, asked, padded)]}}
        old = {"bool": {"filter": _range(field, asked, unpadded), "must_not": is_new}}
        return {"bool": {"should": [new, old], "minimum_should_match": 1}}
    if isinstance(asked, dict):
        asked = asked.get("value", asked.get("query"))
    given = asked if isinstance(asked, (list, tuple)) else [asked]
    forms = dict.fromkeys(form for value in given for form in _forms(value))
    return {"terms": {field: list(forms)}}


def _forms(value: Any) -> tuple[Any, ...]:
    parts = parts_of(value)
    return (value,) if parts is None else (padded(parts), unpadded(parts))


def _range(
    field: str, asked: Mapping[str, Any], form: Callable[[tuple[int, ...]], str]
) -> dict[str, Any]:
    bounds = dict(asked)
    for name in _BOUNDS:
        parts = parts_of(bounds.get(name))
        if parts is not None:
            bounds[name] = form(parts)
    return {"range": {field: bounds}}
