"""The style of the pages holds in themes that have none of Django's, and from right to left."""

from __future__ import annotations

import re
from pathlib import Path

import elasticsearch_metrics.admin as pages

_FOLDER = Path(pages.__file__).parents[1] / "templates/admin/elasticsearch_metrics/recordtype"
_STYLE = (_FOLDER / "_style.html").read_text(encoding="utf-8")


def test_every_variable_has_something_to_fall_back_on() -> None:
    own = set(re.findall(r"(--djelme-[\w-]+):", _STYLE))
    used = re.findall(r"var\((--[\w-]+)(,?)", _STYLE)
    assert [name for name, comma in used if not comma and name not in own] == []
    assert own <= {name for name, _comma in used}


def test_every_variable_has_its_value_for_all_elements_of_the_pages() -> None:
    assert re.findall(r"(?m)^  (\S.*) \{\n\s+--djelme-", _STYLE) == [
        ".djelme-page",
        ".dark .djelme-page",
    ]
    base = (_FOLDER / "base.html").read_text(encoding="utf-8")
    assert '<div id="content-main" class="djelme-page">' in base


def test_sides_are_those_of_the_language() -> None:
    sides = r"(?:margin|padding|border)-(?:left|right)|align: (?:left|right)"
    assert re.findall(sides, _STYLE) == []


def test_every_page_is_within_the_part_that_has_the_style() -> None:
    pages = [path for path in _FOLDER.glob("[!_]*.html") if path.name != "base.html"]
    assert pages
    for path in pages:
        source = path.read_text(encoding="utf-8")
        assert "{% block page %}" in source, path.name
        assert "{% block content %}" not in source, path.name
