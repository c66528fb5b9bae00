"""Pictures are there, are small, are used, and say in words what they show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from documentation.page import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_STATIC = ROOT / "docs" / "_static"
_PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*/*.md"), *ROOT.glob("docs/*.md")]
_IMAGE = re.compile(
    r"!\[(?P<alt>[^\]]*)\]\((?P<path>[^)]+)\)"
    r"|^`{3}\{image\} (?P<path2>\S+)\n(?::alt: (?P<alt2>.*)\n)?"
    r'|<img src="(?P<path3>[^"]+)"(?: alt="(?P<alt3>[^"]*)")?'
    r'|<source [^>]*srcset="(?P<path4>[^"]+)"(?P<alt4>)',
    re.MULTILINE,
)
_MOST_BYTES = 150_000
_DRAWINGS = sorted(_STATIC.glob("drawings/*.svg"))


def shown() -> dict[Path, list[str | None]]:
    """Return the texts that stand for each picture of the pages."""
    found: dict[Path, list[str | None]] = {}
    for page in _PAGES:
        for match in _IMAGE.finditer(page.read_text(encoding="utf-8")):
            path = next(filter(None, (match[f"path{n}"] for n in ("", "2", "3", "4"))))
            if "://" not in path:
                texts = found.setdefault((page.parent / path).resolve(), [])
                if match["path4"] is None:
                    texts.append(match["alt"] or match["alt2"] or match["alt3"])
    return found


def test_each_picture_is_there_and_used() -> None:
    there = {path for path in _STATIC.rglob("*") if path.suffix in {".png", ".svg", ".webp"}}
    assert set(shown()) == there
    assert there


def test_each_has_a_text() -> None:
    few = {path.name for path, texts in shown().items() for text in texts if len(text or "") < 30}
    assert few == set()


def test_each_is_small() -> None:
    assert [path.name for path in shown() if path.stat().st_size > _MOST_BYTES] == []


@pytest.mark.parametrize("path", _DRAWINGS, ids=lambda path: path.stem)
def test_a_drawing_has_words_and_colours_for_both_schemes(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert re.search(r'role="img" aria-labelledby="title desc"', source)
    assert re.search(r'<title id="title">[^<]{10,}</title>', source)
    assert re.search(r'<desc id="desc">[^<]{40,}</desc>', source)
    light, dark = re.findall(r"svg \{ (.*?) \}", source)
    names = [re.findall(r"(--\w+): #[0-9a-f]{6};", scheme) for scheme in (light, dark)]
    assert names[0] == names[1]
    assert "prefers-color-scheme: dark" in source
    assert '<rect class="page"' in source, "it has a ground of its own, whatever is around it"


def test_no_page_draws_with_characters() -> None:
    # The tree of errors is searched and copied, and is read aloud line by line as it stands.
    drawing = [page.name for page in _PAGES if re.search("[▲▼►◄│]", page.read_text("utf-8"))]
    assert drawing == ["errors.md"]
