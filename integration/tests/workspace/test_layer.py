"""Each package imports what it declares and nothing else, wherever in a file an import stands.

import-linter holds the arrows between the packages; a list of what is *allowed* it can't hold.
"""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# The standard library of the newest Python has it, imported behind a check of the version.
NEWER = {"annotationlib"}
# Type checkers know it without an installation, so it may stand below `if TYPE_CHECKING`.
FOR_TYPES = {"typing_extensions"}
# elasticsearch6 reads it where it happens to be installed, which the imp has to take care of.
LOOKED_FOR = {"elastic6": {"numpy"}}
# Of an extra: imported only where a setting or a person asks for it.
OPTIONAL = {"django": {"celery", "openpyxl", "opentelemetry"}}
OWN = {
    "core": set[str](),
    "django": {"elasticsearch_metrics"},
    "elastic6": {"elasticsearch_metrics"},
    "elastic8": {"elasticsearch_metrics"},
    "migration": {"elasticsearch_metrics"},
}
MODULES = {
    "asgiref": "asgiref",
    "Django": "django",
    "django-elasticsearch-metrics": "elasticsearch_metrics",
    "djelme-core": "djelme",
    "elasticsearch6": "elasticsearch6",
    "elasticsearch6-dsl": "elasticsearch6_dsl",
    "elasticsearch8": "elasticsearch8",
    "typing-extensions": "typing_extensions",
}


def imported(source: str) -> set[str]:
    """Return the top-level names of all modules that a source text imports when it runs."""
    tree = ast.parse(source)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [node.module or "."]
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            constants = [value for value in node.args if isinstance(value, ast.Constant)]
            found = [value.value for value in constants if isinstance(value.value, str)]
        tops = {name.partition(".")[0] for name in found}
        names |= tops - FOR_TYPES if id(node) in for_types else tops
    return names


def strangers(source: str, allowed: set[str]) -> set[str]:
    return imported(source) - sys.stdlib_module_names - NEWER - {"djelme"} - allowed


@pytest.mark.parametrize("package", OWN)
def test_a_package_imports_what_it_declares(
    root: Path, projects: dict[str, dict[str, Any]], package: str
) -> None:
    modules = sorted(root.glob(f"packages/{package}/src/**/*.py"))
    assert modules
    names = [re.split(r"[<>=\[]", line)[0] for line in projects[package]["dependencies"]]
    allowed = {MODULES[name] for name in names} | OWN[package] | LOOKED_FOR.get(package, set())
    allowed |= OPTIONAL.get(package, set())
    found = {str(path.relative_to(root)): strangers(path.read_text(), allowed) for path in modules}
    assert {path: names for path, names in found.items() if names} == {}


def test_the_core_declares_no_dependency(projects: dict[str, dict[str, Any]]) -> None:
    assert projects["core"]["dependencies"] == []


@pytest.mark.parametrize(
    "source",
    [
        "import orjson",
        "from django.conf import settings",
        "def late():\n    import elasticsearch8.helpers",
        "try:\n    import orjson\nexcept ImportError:\n    orjson = None",
        "from . import naming",
        "importlib.import_module('orjson')",
        "import typing_extensions",
        "if TYPE_CHECKING:\n    from django.http import HttpRequest",
    ],
)
def test_a_stranger_is_noticed(source: str) -> None:
    assert strangers(source, OWN["core"])
