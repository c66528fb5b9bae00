from __future__ import annotations

import pytest

from elasticsearch_metrics.management.table import table_lines

HEADINGS = ("index", "records", "shards", "why it is kept")
ROWS = [
    ("shop_usage_2026.11.23", 1200, 1, "one of its records is from after its time"),
    ("shop_usage_2026.11.24", None, 2, "-"),
]


def lines(width: int, **options: object) -> list[str]:
    return list(table_lines(HEADINGS, ROWS, width, **options))  # type: ignore[arg-type]


def test_a_table_that_fits() -> None:
    assert lines(100) == [
        "index                  records  shards  why it is kept",
        "shop_usage_2026.11.23    1,200       1  one of its records is from after its time",
        "shop_usage_2026.11.24  -             2  -",
    ]


def test_spare_columns_go_first_and_only_if_they_must() -> None:
    assert lines(100, spare=("shards",)) == lines(100)
    assert lines(74, spare=("shards", "records")) == [
        "index                  records  why it is kept",
        "shop_usage_2026.11.23    1,200  one of its records is from after its time",
        "shop_usage_2026.11.24  -        -",
    ]


def test_then_a_text_goes_below_its_row() -> None:
    assert lines(40, spare=("shards",), text_last=True) == [
        "index                  records",
        "shop_usage_2026.11.23    1,200",
        "    one of its records is from after its",
        "    time",
        "shop_usage_2026.11.24  -",
        "    -",
    ]


def test_and_at_last_each_row_becomes_a_block() -> None:
    assert lines(45)[:6] == [
        "index           shop_usage_2026.11.23",
        "records         1,200",
        "shards          1",
        "why it is kept  one of its records is from",
        "                after its time",
        "",
    ]


@pytest.mark.parametrize("width", range(37, 100, 3))
def test_no_line_is_wider_than_asked_for(width: int) -> None:
    assert max(map(len, lines(width, spare=("shards",), text_last=True))) <= width


def test_names_are_never_broken_and_nothing_steers_the_terminal() -> None:
    shown = list(table_lines(("name", "x"), [("a-long-name-to-be-copied", "\x1b[31m")], 10))
    assert shown == ["name  a-long-name-to-be-copied", r"x     \x1b[31m"]
