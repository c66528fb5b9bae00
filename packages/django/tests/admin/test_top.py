from __future__ import annotations

from elasticsearch_metrics.admin.top import top_rows
from elasticsearch_metrics.statistics.result import TopValues, ValueCount


def test_values_others_and_none_have_rows_with_shares() -> None:
    values = (ValueCount("a\u202eb", 6), ValueCount("", 1))
    rows = list(top_rows(TopValues("name", values, 10, 2, 5, 3, 0), lambda value: f"?{value}"))
    assert [(row.cell.text, row.records, row.share_text, row.url) for row in rows] == [
        ("a\ufffdb", 6, "60.0\xa0%", "?a\u202eb"),
        ("", 1, "10.0\xa0%", "?"),
        ("others", 3, "30.0\xa0%", ""),
        ("without a value", 2, "20.0\xa0%", "?None"),
    ]
    assert [row.is_value for row in rows] == [True, True, False, False]


def test_nothing_has_no_rows() -> None:
    assert list(top_rows(TopValues("name", (), 0, 0, 0, 0, 0), str)) == []
