"""The system's Chromium, which the tests drive; they never fetch a browser of their own."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

__all__ = ("find_chromium", "launched")

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page asks for elsewhere isn't found, and nobody is asked.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def find_chromium() -> str:
    """Return the path of the browser: ``CHROMIUM``, or one of the usual names on ``PATH``.

    It fails the test, and says what to do, where there is none.
    """
    asked = os.environ.get("CHROMIUM")
    for name in [asked] if asked else _NAMES:
        found = shutil.which(name)
        if found:
            return found
    pytest.fail(
        f"Chromium is missing ({asked or ', '.join(_NAMES)} found nothing): "
        "install it (on Debian: apt-get install chromium), or set CHROMIUM to its path",
        pytrace=False,
    )


@contextmanager
def launched() -> Iterator[Browser]:
    """Run the browser without a window, with an empty profile, while the block runs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*_OPTIONS])
        try:
            yield browser
        finally:
            browser.close()
