"""Each row of the compatibility page is held: by a use of its names, or by a test elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from compatibility.hold import IMP, ROOT, SITE, declared, is_warning
from compatibility.record_rows import RECORD_ROWS
from compatibility.site_rows import SITE_ROWS
from django.test import override_settings

from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs/reference/compatibility.md"
ROWS = RECORD_ROWS | SITE_ROWS


@pytest.fixture
def site() -> Iterator[None]:
    """Declare a record type; nothing is asked of its cluster."""
    backends = {"main": {IMP: {"hosts": "http://127.0.0.1:9"}}}
    with override_settings(DJELME_BACKENDS=backends), djelme_registry.isolated():
        SITE["Usage"] = declared("EventRecord")
        SITE["backend"] = SITE["Usage"].get_backend()
        yield
    del SITE["Usage"], SITE["backend"]


def rows_on_page() -> list[list[str]]:
    """Return the cells of the page's rows."""
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "---" not in line
    ]
    return [row for row in rows if row[0] not in {"name", ""}]


def test_each_row_is_held() -> None:
    names = [row[0] for row in rows_on_page()]
    assert len(names) == len(set(names))
    assert [name for name in names if name not in ROWS] == []
    assert [name for name in ROWS if name not in names] == []


def test_what_is_renamed_is_held_by_its_warning() -> None:
    names = [row[0] for row in rows_on_page() if row[1] == "renamed"]
    assert len(names) > 10
    warned = {name for name, checks in ROWS.items() if any(map(is_warning, checks))}
    assert [name for name in names if name not in warned] == []


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("name", ROWS)
def test_a_row_says_what_is(name: str) -> None:
    for check in ROWS[name]:
        check()
