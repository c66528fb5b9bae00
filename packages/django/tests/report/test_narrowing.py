"""Queries that leave out events of other groups leave out nothing of the groups themselves."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from elasticsearch_metrics.report.narrowing import Narrowing

_MAPPINGS = {
    "item": {"type": "keyword"},
    "size": {"type": "long"},
    "hidden": {"type": "keyword", "index": False},
    "weight": {"type": "double"},
}
_SOURCE: Any = SimpleNamespace(field_mappings=lambda: _MAPPINGS)
_NO_ITEM = {"bool": {"must_not": [{"exists": {"field": "item"}}]}}


def between(first: dict[str, Any], last: dict[str, Any], *group_by: str) -> Any:
    found = Narrowing(_SOURCE, group_by).between(first, last)
    return None if found is None else found["bool"]["filter"]


def test_the_first_part_that_differs_is_a_range() -> None:
    first, last = {"g0": "a", "g1": 3}, {"g0": "b", "g1": 1}
    assert between(first, last, "item", "size") == [{"range": {"item": {"gte": "a", "lte": "b"}}}]
    first, last = {"g0": "a", "g1": 3}, {"g0": "a", "g1": 7}
    assert between(first, last, "item", "size") == [
        {"term": {"item": "a"}},
        {"range": {"size": {"gte": 3, "lte": 7}}},
    ]


def test_no_value_comes_first() -> None:
    assert between({"g0": None}, {"g0": None}, "item") == [_NO_ITEM]
    (found,) = between({"g0": None}, {"g0": "b"}, "item")
    assert found == {"bool": {"should": [_NO_ITEM, {"range": {"item": {"lte": "b"}}}]}}


def test_long_bounds_are_left_out_or_cut() -> None:
    low, high = "a" * 8_000, "b" * 8_000
    assert between({"g0": low}, {"g0": high}, "item") == [{"range": {"item": {"gte": "a" * 200}}}]
    (found,) = between({"g0": None}, {"g0": high}, "item")
    assert found == {"bool": {"should": [_NO_ITEM, {"exists": {"field": "item"}}]}}
    assert between({"g0": high}, {"g0": high}, "item") == [{"term": {"item": high}}]


def test_what_has_no_cheap_range_leaves_nothing_out() -> None:
    for name in ("hidden", "weight"):
        assert between({"g0": 1, "g1": "a"}, {"g0": 2, "g1": "b"}, name, "item") is None
    assert between({}, {}) is None
