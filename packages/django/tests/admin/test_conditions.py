from __future__ import annotations

from typing import Any

import pytest

from elasticsearch_metrics.admin.conditions import Conditions

_MAPPINGS = {
    "item_id": {"type": "long"},
    "name": {"type": "keyword"},
    "paid": {"type": "boolean"},
    "timestamp": {"type": "date"},
}


@pytest.fixture
def usage(make_type: Any) -> Any:
    return make_type(attributes={"field_mappings": classmethod(lambda cls: _MAPPINGS)})


def test_they_are_queries(usage: Any) -> None:
    query = {
        "c0-field": "name",
        "c0-operator": "not",
        "c0-value": "a",
        "c2-field": "item_id",
        "c2-operator": "from",
        "c2-value": "7",
        "since": "2026",
    }
    conditions = Conditions.read(usage, query)
    assert conditions.is_valid()
    assert conditions.queries == [
        {"bool": {"must_not": [{"term": {"name": "a"}}]}},
        {"range": {"item_id": {"gte": 7}}},
    ]
    assert conditions.parameters == {name: query[name] for name in query if name != "since"}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("name", "=a b", ("is", "=a b")),
        ("item_id", 7, ("is", "7")),
        ("paid", True, ("is", "true")),
        ("paid", None, ("unset", "")),
    ],
)
def test_one_more_leads_to_a_value(
    usage: Any, field: str, value: object, expected: tuple[str, str]
) -> None:
    narrowed = Conditions.read(usage, {}).narrowed(field, value)
    assert narrowed is not None
    assert (narrowed["c0-operator"], narrowed["c0-value"]) == expected
    assert Conditions.read(usage, narrowed).is_valid()


def test_the_same_one_twice_is_one(usage: Any) -> None:
    narrowed = Conditions.read(usage, {}).narrowed("name", "a")
    assert narrowed is not None
    assert Conditions.read(usage, narrowed).narrowed("name", "a") == narrowed
    assert len(Conditions.read(usage, narrowed).narrowed("name", "b") or {}) == 6


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "x" * 1_001), ("name", "\0"), ("unknown", "a"), ("timestamp", "2026")],
)
def test_some_values_can_not_be_asked_for(usage: Any, field: str, value: str) -> None:
    assert Conditions.read(usage, {}).narrowed(field, value) is None


def test_there_is_an_end(usage: Any) -> None:
    query = {
        f"c{place}-{name}": text
        for place in range(5)
        for name, text in (("field", "name"), ("operator", "is"), ("value", str(place)))
    }
    conditions = Conditions.read(usage, query)
    assert len(conditions.forms) == 5
    assert conditions.narrowed("name", "a") is None
