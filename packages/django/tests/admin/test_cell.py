from __future__ import annotations

from typing import Any

import pytest

from elasticsearch_metrics.admin.cell import Cell


@pytest.mark.parametrize(
    ("value", "text", "rest"),
    [
        (None, "", ""),
        (True, "true", ""),
        (7, "7", ""),
        ([1, None, "a"], "1, , a", ""),
        ({"a": [1]}, '{"a": [1]}', ""),
        ("a\u202eb\x1b[31m\x00", "a\ufffdb\ufffd[31m\ufffd", ""),
        ("x" * 60, "x" * 48 + "\u2026", "x" * 60),
        ("x" * 10_001, "x" * 48 + "\u2026", "x" * 10_000 + "\u2026"),
    ],
)
def test_values_become_texts(value: Any, text: str, rest: str) -> None:
    cell = Cell.of(value)
    assert (cell.text, cell.rest) == (text, rest)
