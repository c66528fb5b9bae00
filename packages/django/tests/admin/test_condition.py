from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from elasticsearch_metrics.admin.condition import (
    OPERATORS,
    Condition,
    Operator,
    searchable_fields,
)


class Mapped:
    """As much of a record type as is asked for."""

    @classmethod
    def field_mappings(cls) -> dict[str, Any]:
        return {
            "item_id": {"type": "long"},
            "title": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
            "hidden": {"type": "keyword", "index": False},
            "place": {"properties": {"city": {"type": "keyword"}, "spot": {"type": "geo_point"}}},
            "off": {"type": "object", "enabled": False, "properties": {"x": {"type": "long"}}},
            "parts": {"type": "nested", "properties": {"x": {"type": "long"}}},
        }


def test_fields_are_those_that_can_be_searched() -> None:
    assert searchable_fields(Mapped) == {
        "item_id": "long",
        "title": "text",
        "title.raw": "keyword",
        "place.city": "keyword",
    }


@pytest.mark.parametrize(
    ("kind", "operator", "text", "query"),
    [
        ("keyword", "is", " a*b ", {"term": {"f": " a*b "}}),
        ("keyword", "starts", "a?", {"prefix": {"f": "a?"}}),
        ("long", "is", " 7 ", {"term": {"f": 7}}),
        ("long", "from", "-7", {"range": {"f": {"gte": -7}}}),
        ("double", "below", "1.5", {"range": {"f": {"lt": 1.5}}}),
        ("boolean", "is", "TRUE", {"term": {"f": True}}),
        ("date", "below", "2026-11", {"range": {"f": {"lt": "2026-11-01T00:00:00.000Z"}}}),
        ("ip", "is", "2001:DB8::1", {"term": {"f": "2001:db8::1"}}),
        ("text", "words", "to be", {"match": {"f": {"query": "to be", "operator": "and"}}}),
        ("geo", "set", "", {"exists": {"field": "f"}}),
    ],
)
def test_conditions_become_queries(
    kind: str, operator: str, text: str, query: dict[str, Any]
) -> None:
    condition = Condition.make("f", kind, Operator.named(operator), text)
    assert condition == Condition(query)


def test_some_conditions_are_negated() -> None:
    assert Condition.make("f", "long", Operator.named("not"), "7").negated
    assert Condition.make("f", "long", Operator.named("unset"), "").negated


@pytest.mark.parametrize(
    ("kind", "operator", "text"),
    [
        ("keyword", "is", ""),
        ("long", "is", "7.5"),
        ("long", "is", "1e3"),
        ("byte", "is", "128"),
        ("unsigned_long", "is", "-1"),
        ("double", "is", "nan"),
        ("double", "is", "inf"),
        ("boolean", "is", "1"),
        ("date", "is", "2026"),
        ("date", "from", "now-1d"),
        ("ip", "is", "10.0.0.0/8"),
        ("text", "is", "word"),
        ("long", "starts", "7"),
    ],
)
def test_values_that_a_field_can_not_have_are_refused(kind: str, operator: str, text: str) -> None:
    with pytest.raises(ValidationError):
        Condition.make("f", kind, Operator.named(operator), text)


@given(st.sampled_from(OPERATORS), st.text(min_size=1))
def test_texts_stay_values(operator: Operator, text: str) -> None:
    for kind in ("keyword", "text"):
        if operator.needs_value and kind in operator.kinds:
            query = Condition.make("f", kind, operator, text).query
            assert text in repr_leaves(query)


def repr_leaves(query: Any) -> list[Any]:
    if isinstance(query, dict):
        return [leaf for value in query.values() for leaf in repr_leaves(value)]
    return [query]
