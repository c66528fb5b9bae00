"""Ranges of time that dual writes have missed."""

from __future__ import annotations

from elasticsearch_metrics.migration.dual_write.gap import merge_ranges


def test_ranges_grow() -> None:
    one = {"a": ["2026-01-02", "2026-01-03"], "b": ["2026-01-01", "2026-01-01"], "c": None}
    other = {"a": ["2026-01-01", "2026-01-02"], "b": None, "c": ["x", "y"], "d": None}
    assert merge_ranges(one, other) == {
        "a": ["2026-01-01", "2026-01-03"],
        "b": None,
        "c": None,
        "d": None,
    }
