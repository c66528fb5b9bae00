"""Lets the tests import what reads the documentation, and gives them its pages."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "reading"))

from documentation.page import Page, all_pages

_IMPS = "elasticsearch_metrics.imps."


@pytest.fixture(scope="session")
def pages() -> list[Page]:
    """All pages of the documentation, and the README files."""
    return all_pages()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``page`` for each page with examples for the installed imps."""
    if "page" in metafunc.fixturenames:
        found = [
            page
            for page in all_pages()
            if page.has_examples
            and all(importlib.util.find_spec(f"{_IMPS}{imp}") for imp in page.imps)
        ]
        metafunc.parametrize("page", found, ids=[page.name for page in found])
