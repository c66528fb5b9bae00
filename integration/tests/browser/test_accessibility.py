"""axe-core finds nothing on any page, by day and by night, on a wide screen and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from site_process import PAGES
from view import COLOURS, PHONE, WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Demo
    from site_process import SiteProcess
    from view import View

_VIEW = "shop.Elastic8View"
_TWO_CONDITIONS = (
    "c0-field=item_id&c0-operator=below&c0-value=900&c1-field=paid&c1-operator=is&c1-value=true"
)


def problems(view: View) -> list[str]:
    found = []
    view.page.evaluate("() => document.querySelectorAll('details').forEach(it => it.open = true)")
    for width in (WIDE, PHONE):
        shown = view.show(width=width, dark=False)
        found += [f"{shown}: {problem}" for problem in view.violations()]
        found += [f"{shown}: too wide: {element}" for element in view.too_wide()]
        shown = view.show(width=width, dark=True)
        found += [f"{shown}: {problem}" for problem in view.violations(rules=COLOURS)]
    return found


@pytest.mark.parametrize(
    "path",
    [
        "",
        f"{_VIEW}/?since=2026-10&before=2026-12&interval=day",
        f"{_VIEW}/?since=x&before=2026-12",
        f"{_VIEW}/?since=2026-10&before=2026-12&interval=month&field=paid&split=on",
        "shop.Elastic8Download/?range=all&field=item_iri&compare=year",
        "shop.Elastic8Download/?range=last-30-days&split=on",
        "shop.Elastic8Monthly/",
        "shop.Elastic8Monthly/cycles/",
        "shop.Elastic8Visit/",
        "shop.Elastic8Drifted/",
        "shop.Elastic8New/",
        "shop.Elastic8Plain/",
        "shop.Elastic8Away/",
        f"{_VIEW}/records/?{_TWO_CONDITIONS}",
        f"{_VIEW}/records/?c0-field=item_id&c0-operator=from&c0-value=x",
        "shop.Elastic8Plain/records/",
        "shop.Elastic8New/records/",
        "shop.Elastic8Away/records/",
    ],
)
def test_pages_of_the_admin(admin_site: Callable[[], SiteProcess], view: View, path: str) -> None:
    view.open(admin_site().enter(f"{PAGES}/{path}"))
    assert problems(view) == []


@pytest.mark.parametrize("path", ["", "airports/ATL/", "airports/XXX/", "?until=2013-01"])
def test_pages_of_the_demonstration_and_its_usage_box(demo: Demo, view: View, path: str) -> None:
    view.open(f"{demo.address}{path}")
    assert problems(view) == []


def test_the_question_before_a_report_is_built(
    admin_site: Callable[[], SiteProcess], view: View
) -> None:
    view.open(admin_site().enter(f"{PAGES}/shop.Elastic8Monthly/cycles/"))
    view.photograph("django-cycles")
    view.page.get_by_role("link", name="Build").first.click()
    assert view.page.get_by_role("button", name="Build").is_visible()
    view.photograph("django-build")
    assert problems(view) == []
