from __future__ import annotations

from elasticsearch_metrics.backend.template_merge import matching, merged

LISTED = {
    "usage": {"index_patterns": ["shop_usage_*"], "priority": 500},
    "logs": {"index_patterns": ["logs-*"], "priority": 100},
    "all": {"index_patterns": ["*"], "priority": 900},
    "none": {"index_patterns": ["shop_*"]},
}


def test_the_strongest_is_first() -> None:
    assert matching(LISTED, "shop_usage_2026.11", "priority") == ["all", "usage", "none"]


def test_only_templates_for_the_index_count() -> None:
    assert matching(LISTED, "logs-1", "priority") == ["all", "logs"]
    assert matching({}, "logs-1", "priority") == []


def test_objects_are_merged_and_everything_else_is_replaced() -> None:
    lower = {"properties": {"a": {"type": "long"}, "tags": ["x"]}, "dynamic": "strict"}
    upper = {"properties": {"a": {"index": False}, "tags": ["y"]}, "dynamic": "false"}
    assert merged(lower, upper) == {
        "properties": {"a": {"type": "long", "index": False}, "tags": ["y"]},
        "dynamic": "false",
    }
