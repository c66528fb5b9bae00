"""The pictures of the documentation, which ``scripts/pictures`` writes where its pages have them.

They are taken by each run, so what they show can't vanish from the pages unseen.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from site_process import PAGES
from view import SCREENSHOTS, WIDE

if TYPE_CHECKING:
    from conftest import Demo
    from PIL.Image import Image
    from view import View

_PICTURES = Path(__file__).parents[3] / "docs" / "_static" / "pictures"
_MOST_BYTES = 150_000
_COLOURS = 160
_YEAR = "since=2013&to=2013&interval=month&compare=none&field=origin&split=on"
_DELAYED = (
    "c0-field=destination&c0-operator=is&c0-value=ATL"
    "&c1-field=departure_delay&c1-operator=from&c1-value=60"
)
_FLIGHT = f"{PAGES}/flights.Flight"
#: Of each picture: the path, what has to be on it, and its height in pixels.
_PAGES = {
    "site": ("", "Top ten destinations", 900),
    "admin-list": (f"{PAGES}/", "flights.Visit", 520),
    "admin-type": (f"{_FLIGHT}/?{_YEAR}", "The same as a table", 970),
    "admin-search": (
        f"{_FLIGHT}/records/?{_DELAYED}",
        "departure delay",
        640,
    ),
}


def kept(picture: Image, name: str, config: pytest.Config) -> Path:
    """Return the file of a picture with few colours; one of the documentation if asked for."""
    folder = _PICTURES if config.getoption("--pictures") else SCREENSHOTS
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.png"
    picture.quantize(_COLOURS, dither=0).save(file, optimize=True)
    return file


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", _PAGES)
def test_a_page(
    demo: Demo, view: View, pytestconfig: pytest.Config, name: str, *, dark: bool
) -> None:
    path, wanted, height = _PAGES[name]
    view.page.context.add_cookies(
        [{"name": "sessionid", "value": demo.session, "url": demo.address}]
    )
    view.show(width=WIDE, dark=dark)
    view.open(f"{demo.address}{path}")
    assert wanted in view.page.inner_text("body")
    view.page.set_viewport_size({"width": WIDE, "height": height})
    picture = view.photograph(f"demo-{name}{'-dark' * dark}")
    assert kept(picture, f"{name}{'-dark' * dark}", pytestconfig).stat().st_size < _MOST_BYTES


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_usage_box(demo: Demo, view: View, pytestconfig: pytest.Config, *, dark: bool) -> None:
    view.show(width=640, dark=dark)
    view.open(f"{demo.address}airports/ATL/")
    box = view.page.locator("section", has=view.page.locator(".djelme-usage"))
    assert "Total" in box.inner_text()
    picture = view.photograph(f"demo-usage-box{'-dark' * dark}", of=box)
    assert kept(picture, f"usage-box{'-dark' * dark}", pytestconfig).stat().st_size < _MOST_BYTES
