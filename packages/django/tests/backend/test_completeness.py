from __future__ import annotations

from typing import Any

import pytest

from djelme.errors import IncompleteAnswerError
from elasticsearch_metrics.backend.completeness import (
    incompleteness,
    require_complete,
    require_read,
    require_refreshed,
    unavailable_shards,
)


def answer(total: int = 5, successful: int = 5, failed: int = 0, **others: Any) -> dict[str, Any]:
    return {"_shards": {"total": total, "successful": successful, "failed": failed}, **others}


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (answer(), ""),
        (answer(successful=4), "1 of 5 shards gave no answer: they are on no node"),
        (answer(successful=4, failed=1), "1 of 5 shards gave no answer: they are on no node"),
        (answer(timed_out=True), "the search took too long"),
        (answer(terminated_early=True), "the search ended early"),
        (answer(timed_out=False, terminated_early=False), ""),
        (answer(total=0, successful=0), ""),
    ],
)
def test_an_answer_is_whole_if_all_shards_gave_theirs(found: dict[str, Any], reason: str) -> None:
    """Elasticsearch before 7.11 doesn't count shards without a node as failed."""
    assert incompleteness(found) == reason
    if not reason:
        require_complete("main", ["usage_2026"], found)
        return
    with pytest.raises(IncompleteAnswerError, match="usage_2026") as error:
        require_complete("main", ["usage_2026"], found)
    assert error.value.indexes == ("usage_2026",)


def test_failures_name_their_shards() -> None:
    found = answer(successful=3, failed=2)
    failure = {"reason": {"type": "a", "reason": "so"}}
    found["_shards"]["failures"] = [{"shard": 4, **failure}, {"shard": 1, **failure}]
    assert incompleteness(found) == "2 of 5 shards (among them 1, 4) gave no answer: a: so"


def test_a_document_that_could_not_be_read_is_not_missing() -> None:
    require_read("main", "usage_2026", [{"found": True}, {"found": False}])
    with pytest.raises(IncompleteAnswerError, match="no_shard"):
        require_read("main", "usage_2026", [{"error": {"type": "no_shard", "reason": "so"}}])


def test_copies_without_a_node_do_not_make_a_refresh_incomplete() -> None:
    require_refreshed("main", ["usage_2026"], answer(total=10, successful=5))
    with pytest.raises(IncompleteAnswerError):
        require_refreshed("main", ["usage_2026"], answer(successful=4, failed=1))


def test_a_shard_is_away_if_its_primary_is_not_active() -> None:
    def copies(*states: str) -> dict[str, Any]:
        return {
            "shards": {
                str(number): [
                    {"primary": True, "state": state},
                    {"primary": False, "state": "UNASSIGNED"},
                ]
                for number, state in enumerate(states)
            }
        }

    routing = {
        "a": copies("STARTED", "RELOCATING"),
        "b": copies("STARTED", "UNASSIGNED", "INITIALIZING"),
    }
    assert unavailable_shards(routing) == {"b": ["1", "2"]}
