from __future__ import annotations

from typing import Any

import pytest

from elasticsearch_metrics.statistics.field import StatisticsError
from elasticsearch_metrics.statistics.merging import merged
from elasticsearch_metrics.statistics.translation import NUMBER


def number(value: int) -> dict[str, Any]:
    return {NUMBER: {"value": float(value)}}


def test_numbers_add_up_by_period() -> None:
    asked = {"periods": {"date_histogram": {"field": "timestamp"}}}
    records = {"periods": {"buckets": [{"key": 2, "doc_count": 5}, {"key": 3, "doc_count": 1}]}}
    theirs = [{"key": 1, "doc_count": 9, **number(7)}, {"key": 2, "doc_count": 9, **number(4)}]
    found = merged(asked, records, {"periods": {"buckets": theirs}, **number(11)})
    assert [(it["key"], it["doc_count"]) for it in found["periods"]["buckets"]] == [
        (1, 7),
        (2, 9),
        (3, 1),
    ]


def test_the_most_frequent_values_are_those_of_both() -> None:
    asked = {
        "values": {"terms": {"field": "item", "size": 2}},
        "distinct": {"cardinality": {"field": "item"}},
    }
    ours = {"buckets": [{"key": "b", "doc_count": 4}, {"key": "c", "doc_count": 4}]}
    theirs = {"buckets": [{"key": "a", **number(3)}, {"key": "b", **number(2)}]}
    found = merged(
        asked,
        {"values": ours, "distinct": ours},
        {"values": theirs, "distinct": theirs, **number(5)},
    )
    assert found["values"] == {
        "buckets": [{"key": "b", "doc_count": 6}, {"key": "c", "doc_count": 4}],
        "sum_other_doc_count": 3,
        "doc_count_error_upper_bound": 0,
    }
    assert found["distinct"] == {"value": 3}


def test_values_that_are_cut_off_are_not_added() -> None:
    asked = {"values": {"terms": {"field": "item", "size": 2}}}
    cut_off = {"values": {"buckets": [], "sum_other_doc_count": 1}}
    with pytest.raises(StatisticsError, match="'item' has more different values"):
        merged(asked, cut_off, number(1))
    with pytest.raises(StatisticsError, match="'item' has more different values"):
        merged(asked, {}, {**cut_off, **number(1)})


def test_a_first_time_that_the_report_does_not_have_is_not_known() -> None:
    asked = {"oldest": {"min": {"field": "timestamp"}}}
    records = {"oldest": {"value": 5.0, "value_as_string": "x"}}
    assert merged(asked, records, number(1)) == {}
    # Without a record that the report stands for, it is that of the others.
    assert merged(asked, records, number(0)) == records
    earlier = {"oldest": {"value": 3.0, "value_as_string": "w"}, **number(1)}
    assert merged(asked, records, earlier)["oldest"]["value_as_string"] == "w"
    assert merged(asked, {}, {}) == {"oldest": {"value": None}}


def test_named_filters_keep_what_only_one_side_has() -> None:
    asked = {
        "items": {
            "filters": {"filters": {"0": {}, "1": {}}},
            "aggs": {"missing": {"missing": {"field": "item"}}},
        }
    }
    theirs = {"items": {"buckets": {"1": {"doc_count": 1, **number(8)}}}, **number(8)}
    buckets = merged(asked, {}, theirs)["items"]["buckets"]
    assert buckets == {
        "0": {"doc_count": 0, "missing": {"doc_count": 0}},
        "1": {"doc_count": 8, "missing": {"doc_count": 0}},
    }
