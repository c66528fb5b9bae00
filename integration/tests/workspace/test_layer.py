"""The core imports the standard library only, whatever the place of the import.

import-linter holds the other arrows; a list of what is *allowed* it can't hold.
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NEWER = {"annotationlib"}  # of Python 3.14, imported behind a check of the version


def imported(source: str) -> set[str]:
    """Return the top-level names of all modules that a source text imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or ".")
    return {name.partition(".")[0] for name in names}


def strangers(source: str) -> set[str]:
    return imported(source) - sys.stdlib_module_names - NEWER - {"djelme"}


def test_core_imports_the_standard_library_only(root: Path) -> None:
    modules = sorted(root.glob("packages/core/src/djelme/**/*.py"))
    assert modules
    found = {path.name: strangers(path.read_text()) for path in modules}
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import orjson",
        "from django.conf import settings",
        "def late():\n    import elasticsearch8.helpers",
        "try:\n    import orjson\nexcept ImportError:\n    orjson = None",
        "from . import naming",
    ],
)
def test_a_stranger_is_noticed(source: str) -> None:
    assert strangers(source)
