"""The pages in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from chromium import colours
from site_process import PAGES

if TYPE_CHECKING:
    from chromium import Chromium
    from site_process import SiteProcess

#: What the admin has links in, by day and by night.
_LIGHT, _DARK = (65, 120, 147), (129, 212, 250)
#: A chart that is drawn has that many pixels of its columns.
_MANY = 3_000
#: Bytes of a picture with something on it.
_NOT_BLANK = 20_000


@pytest.mark.parametrize(
    ("dark", "script"),
    [(False, True), (True, True), (False, False)],
    ids=["light", "dark", "without-script"],
)
def test_the_chart_is_drawn(
    site: SiteProcess, browser: Chromium, title: str, *, dark: bool, script: bool
) -> None:
    name = f"figures-{title.lower()}{'-dark' * dark}{'' if script else '-without-script'}"
    url = site.enter(f"{PAGES}/shop.{title}View/?since=2026-10&before=2026-12&interval=day")
    picture = browser.photograph(url, name, dark=dark, script=script, height=640)
    assert colours(picture)[_DARK if dark else _LIGHT] > _MANY


def test_a_phone_sees_the_whole_chart(site: SiteProcess, browser: Chromium, title: str) -> None:
    url = site.enter(f"{PAGES}/shop.{title}View/")
    picture = browser.photograph(url, f"phone-{title.lower()}", width=500, height=1060)
    assert colours(picture)[_LIGHT] > _MANY


def test_what_records_hold_runs_no_script(site: SiteProcess, browser: Chromium, title: str) -> None:
    url = site.enter(f"{PAGES}/shop.{title}View/records/")
    document = browser.dump(url)
    assert "&lt;script&gt;document.title" in document
    found = re.search("<title>(.*?)</title>", document, re.DOTALL)
    assert found is not None
    assert found[1].startswith(f"Search: {title} views")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("overview", ""),
        ("records", "shop.{title}View/records/?c0-field=item_id&c0-operator=below&c0-value=900"),
        ("mistake", "shop.{title}View/records/?c0-field=item_id&c0-operator=from&c0-value=x"),
        ("values", "shop.{title}Download/?range=last-30-days&split=on"),
        ("drifted", "shop.{title}Drifted/"),
        ("not-set-up", "shop.{title}New/"),
        ("away", "shop.{title}Away/"),
    ],
)
def test_pages_for_people_to_look_at(
    site: SiteProcess, browser: Chromium, title: str, name: str, path: str
) -> None:
    picture = browser.photograph(
        site.enter(f"{PAGES}/{path.format(title=title)}"), f"{name}-{title.lower()}"
    )
    assert picture.stat().st_size > _NOT_BLANK
