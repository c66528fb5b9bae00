from __future__ import annotations

import datetime
from typing import Any

import pytest

from elasticsearch_metrics.admin import sparkline as module
from elasticsearch_metrics.admin.sparkline import read_sparklines
from elasticsearch_metrics.health.probe import Reach
from elasticsearch_metrics.registry import djelme_registry

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.timezone.utc)
_SHARDS = {"total": 1, "successful": 1, "failed": 0}


def _answer(*days: int) -> dict[str, Any]:
    first = datetime.datetime(2026, 10, 25, tzinfo=datetime.timezone.utc)
    buckets = [
        {
            "key": int((first + datetime.timedelta(day)).timestamp() * 1000),
            "doc_count": number,
        }
        for day, number in enumerate(days)
    ]
    return {"_shards": _SHARDS, "aggregations": {"days": {"buckets": buckets}}}


@pytest.fixture
def answers(make_type: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lets the backend give answers, and what it was asked."""
    usage, visit = make_type(), make_type("Visit")
    backend = djelme_registry.placement(usage).backend
    monkeypatch.setattr(module, "RestBackend", type(backend))
    asked: list[Any] = []

    def read(*given: Any, problem: str = "") -> Any:
        def search_many(searches: Any) -> list[Any]:
            asked.append(list(searches))
            return list(given)

        monkeypatch.setattr(backend, "search_many", search_many, raising=False)
        reaches = {"main": Reach("main", problem=problem)}
        return read_sparklines([usage, visit], reaches, NOW), asked

    return read


def test_all_types_of_a_backend_are_asked_at_once(answers: Any) -> None:
    found, asked = answers(_answer(5, 2), _answer())
    assert len(asked) == 1
    assert {label: line.records for label, line in found.items()} == {
        "shop.Usage": 7,
        "shop.Visit": 0,
    }
    assert found["shop.Usage"].path.count("L") == 29
    bounds = asked[0][0][1]["query"]["range"]["timestamp"]
    assert bounds == {"gte": "2026-10-25T00:00:00.000Z", "lt": "2026-11-24T00:00:00.000Z"}


def test_what_fails_has_no_line(answers: Any) -> None:
    partly = {**_answer(1), "_shards": {"total": 2, "successful": 1, "failed": 1}}
    assert answers({"error": {"type": "x"}}, partly)[0] == {}


def test_a_backend_that_is_away_is_not_asked(answers: Any) -> None:
    assert answers(problem="away") == ({}, [])
