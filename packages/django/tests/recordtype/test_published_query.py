from __future__ import annotations

from typing import Any

import pytest

from elasticsearch_metrics.recordtype.published_query import both_forms, parts_of, with_both


def _cycle(kind: str, asked: Any) -> dict[str, Any] | None:
    return both_forms("cycle_coverage", kind, asked, "timeseries_start")


BOTH = {"terms": {"cycle_coverage": ["2026.02", "2026.2"]}}


@pytest.mark.parametrize("cycle", ["2026.2", "2026.02"])
@pytest.mark.parametrize(
    "query",
    [
        lambda cycle: {"term": {"cycle_coverage": cycle}},
        lambda cycle: {"term": {"cycle_coverage": {"value": cycle}}},
        lambda cycle: {"match": {"cycle_coverage": {"query": cycle}}},
        lambda cycle: {"terms": {"cycle_coverage": [cycle]}},
    ],
)
def test_either_form_asks_for_both(query: Any, cycle: str) -> None:
    for wrap in (lambda one: one, lambda one: {"bool": {"filter": [{"match_all": {}}, one]}}):
        found = with_both(wrap(query(cycle)), {"cycle_coverage": _cycle})
        assert found == wrap({"terms": {"cycle_coverage": sorted(BOTH["terms"]["cycle_coverage"])}})


def test_bounds_are_written_in_the_form_of_the_documents() -> None:
    query = {"range": {"cycle_coverage": {"gte": "2026.2", "lt": "2026.11"}}}
    found = with_both(query, {"cycle_coverage": _cycle})
    new, old = found["bool"]["should"]
    assert new["bool"]["filter"][1] == {
        "range": {"cycle_coverage": {"gte": "2026.02", "lt": "2026.11"}}
    }
    assert old["bool"]["filter"] == query


@pytest.mark.parametrize(
    "query",
    [
        {"term": {"item": "2026.2"}},
        {"exists": {"field": "cycle_coverage"}},
        {"bool": {"should": [{"range": {"a": {}}}, {"range": {"cycle_coverage": {"gte": "1"}}}]}},
    ],
)
def test_other_queries_stay(query: Any) -> None:
    assert with_both(query, {"cycle_coverage": _cycle}) == query


@pytest.mark.parametrize(
    ("value", "parts"), [("2026.2", (2026, 2)), ("2026.02.", (2026, 2)), ("x", None), (2026, None)]
)
def test_parts_of_a_time(value: object, parts: object) -> None:
    assert parts_of(value) == parts
