"""What the pages of the admin draw, with and without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from site_process import PAGES
from view import PHONE, WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image
    from site_process import SiteProcess
    from view import View

_VIEW = f"{PAGES}/shop.Elastic8View"
#: What Django's admin has links in, by day and by night.
_LIGHT, _DARK = (65, 120, 147), (129, 212, 250)
#: A chart that is drawn has that many pixels of its columns.
_MANY = 3_000


def pixels(picture: Image, colour: tuple[int, int, int]) -> int:
    counts = picture.getcolors(picture.width * picture.height) or []
    return sum(count for count, found in counts if found == colour)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_the_chart_is_drawn(
    admin_site: Callable[[], SiteProcess],
    opened: Callable[..., View],
    width: int,
    *,
    dark: bool,
    script: bool,
) -> None:
    view = opened(
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
        viewport={"width": width, "height": 900},
    )
    view.open(admin_site().enter(f"{_VIEW}/?since=2026-10&before=2026-12&interval=day"))
    name = f"chart-{width}{'-dark' * dark}{'' if script else '-no-script'}"
    picture = view.photograph(name, full_page=True)
    assert pixels(picture, _DARK if dark else _LIGHT) > _MANY


def test_what_records_hold_runs_no_script(
    admin_site: Callable[[], SiteProcess], view: View
) -> None:
    view.open(admin_site().enter(f"{_VIEW}/records/"))
    assert "<script>document.title" in view.page.inner_text(".djelme-records")
    assert view.page.title().startswith("Search: Elastic8 views")


def test_values_of_the_chart_are_reached_by_keyboard(
    admin_site: Callable[[], SiteProcess], view: View
) -> None:
    view.open(admin_site().enter(f"{_VIEW}/?since=2026-10&before=2026-12&interval=month"))
    view.page.locator("summary", has_text="The same as a table").focus()
    view.page.keyboard.press("Enter")
    assert view.page.locator("details[open] td", has_text="4,464").first.is_visible()


def test_values_of_the_chart_are_reached_by_touch(
    admin_site: Callable[[], SiteProcess], opened: Callable[..., View]
) -> None:
    view = opened(has_touch=True, viewport={"width": PHONE, "height": 900})
    view.open(admin_site().enter(f"{_VIEW}/?since=2026-10&before=2026-12&interval=month"))
    view.page.locator("summary", has_text="The same as a table").tap()
    assert view.page.locator("details[open] td", has_text="4,464").first.is_visible()


def test_a_wide_table_is_scrolled_by_keyboard(
    admin_site: Callable[[], SiteProcess], view: View
) -> None:
    view.show(width=PHONE, dark=False)
    view.open(admin_site().enter(f"{_VIEW}/records/"))
    view.page.get_by_role("region", name="Records").focus()
    view.page.keyboard.press("ArrowRight")
    view.page.wait_for_function("() => document.activeElement.scrollLeft > 0")


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("de", "Datensatztypen"),
        ("es", "Tipos de registros"),
        ("fr", "Types d\N{RIGHT SINGLE QUOTATION MARK}enregistrements"),
    ],
)
def test_pages_are_in_the_language_of_who_reads_them(
    admin_site: Callable[[], SiteProcess],
    opened: Callable[..., View],
    language: str,
    heading: str,
) -> None:
    view = opened(locale=language)
    view.open(admin_site().enter(f"{PAGES}/"))
    assert view.page.locator("html").get_attribute("lang") == language
    assert view.page.locator(".djelme-page h1").inner_text() == heading
