"""The pages are right and legible in the admin's common themes, and from right to left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from site_process import PAGES
from view import COLOURS, PHONE, WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from site_process import SiteProcess
    from view import View

_VIEW = "shop.Elastic8View"
_PATHS = {
    "list": "",
    "type": f"{_VIEW}/?since=2026-10&before=2026-12&interval=week&field=paid&split=on",
    "records": f"{_VIEW}/records/?c0-field=item_id&c0-operator=below&c0-value=900",
}
_TITLES = {"list": "Record types", "type": "Elastic8 views", "records": "Search: Elastic8 views"}


@pytest.mark.parametrize("name", _PATHS)
@pytest.mark.parametrize("theme", ["", "unfold", "jazzmin"])
def test_a_theme_shows_everything(
    admin_site: Callable[..., SiteProcess], view: View, theme: str, name: str
) -> None:
    url = admin_site(theme).enter(f"{PAGES}/{_PATHS[name]}")
    problems = []
    for dark in (False, True):
        view.show(width=WIDE, dark=dark)
        view.open(url)  # themes choose their colours when a page is opened
        for width in (WIDE, PHONE):
            shown = view.show(width=width, dark=dark)
            heading = view.page.locator(".djelme-page h1", has_text=_TITLES[name])
            assert heading.is_visible(), shown
            view.photograph(f"{theme or 'django'}-{name}-{shown}", full_page=True)
            found = view.violations(".djelme-page", COLOURS if dark else ())
            problems += [f"{shown}: {problem}" for problem in found]
            problems += [f"{shown}: too wide: {element}" for element in view.too_wide()]
    assert problems == []


@pytest.mark.parametrize("name", _PATHS)
def test_from_right_to_left(
    admin_site: Callable[[], SiteProcess], opened: Callable[..., View], name: str
) -> None:
    view = opened(locale="ar")
    view.open(admin_site().enter(f"{PAGES}/{_PATHS[name]}"))
    problems = []
    for width in (WIDE, PHONE):
        shown = view.show(width=width, dark=False)
        view.photograph(f"arabic-{name}-{shown}", full_page=True)
        problems += [f"{shown}: {problem}" for problem in view.violations(".djelme-page")]
        problems += [f"{shown}: too wide: {element}" for element in view.too_wide()]
        page, heading = (view.box(f".djelme-page{part}") for part in ("", " h1"))
        assert heading.right == pytest.approx(page.right, abs=1), shown
        if name == "type":  # time goes to the right everywhere
            assert view.box(".djelme-scale").right < view.box(".djelme-plot").left
    assert problems == []
    numbers = view.page.locator(".djelme-page td.number").first
    assert numbers.evaluate("cell => getComputedStyle(cell).textAlign") == "end"
