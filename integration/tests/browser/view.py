"""A page as somebody sees it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

__all__ = ("COLOURS", "PHONE", "SCREENSHOTS", "WIDE", "Box", "View")

#: Widths of a window, in pixels.
WIDE, PHONE = 1280, 390
_HEIGHT = 900
#: Rules of axe-core about colours: of another colour scheme, nothing else can be wrong.
COLOURS = ("color-contrast", "link-in-text-block")
SCREENSHOTS = Path(__file__).parents[3] / ".tools" / "screenshots"
#: Lets colours that fade into others have their last ones.
_SETTLE = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 3; frame++)
    await new Promise(resolve => requestAnimationFrame(() => {
      document.getAnimations().forEach(animation => animation.finish());
      resolve();
    }));
}"""
#: Runs axe-core on a part of the page and returns what it has found, a line each.
_AXE = """async ([within, rules]) => {
  const options = rules.length ? {runOnly: {type: "rule", values: rules}} : {};
  const found = await axe.run(within ? {include: [within]} : document, options);
  return found.violations.flatMap(rule => rule.nodes.map(
    node => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary.split("\\n")[1].trim()}`
  ));
}"""
#: Elements that stand out of the page to a side, those in a scrolled box excepted.
_WIDER = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const isScrolled = element => {
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement)
      if (getComputedStyle(box).overflowX !== "visible") return true;
    return false;
  };
  return [...document.body.querySelectorAll("*")]
    .filter(element => {
      const {left, right} = element.getBoundingClientRect();
      return (right > width + 1 || left < -1) && !isScrolled(element);
    })
    .map(element => `${element.tagName.toLowerCase()}.${element.getAttribute("class") || ""}`);
}"""


class Box(NamedTuple):
    """Where an element is, in pixels from the left of the window."""

    left: float
    right: float


@dataclass(frozen=True)
class View:
    """A page in a browser, in one colour scheme and width at a time."""

    page: Page

    def open(self, url: str) -> None:
        """Go to an address, and wait until the page is loaded with all that it needs."""
        self.page.goto(url)

    def show(self, *, width: int, dark: bool) -> str:
        """Change what the page is shown in, and return that in words."""
        self.page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        self.page.set_viewport_size({"width": width, "height": _HEIGHT})
        self.page.evaluate(_SETTLE)
        return f"{width}{'-dark' if dark else ''}"

    def violations(self, within: str = "", rules: tuple[str, ...] = ()) -> list[str]:
        """Return what axe-core finds, a line for each element.

        Args:
            within: a selector of the part to look at; all of the page without.
            rules: only these; all of axe-core's without.
        """
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found: list[str] = self.page.evaluate(_AXE, [within, list(rules)])
        return found

    def too_wide(self) -> list[str]:
        """Return the elements for which the page would have to be scrolled to the side."""
        found: list[str] = self.page.evaluate(_WIDER)
        return found

    def box(self, selector: str) -> Box:
        """Return where the first element is that a selector chooses."""
        found = self.page.locator(selector).first.bounding_box()
        assert found is not None, selector
        return Box(found["x"], found["x"] + found["width"])

    def photograph(self, name: str, of: Locator | None = None, **options: Any) -> Image.Image:
        """Return a picture of the page or a part of it; it is kept in ``.tools/screenshots``."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        taken = (of or self.page).screenshot(path=SCREENSHOTS / f"{name}.png", **options)
        return Image.open(BytesIO(taken)).convert("RGB")
