"""What the sources have that the documentation has to describe."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from documentation.page import ROOT

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "check_places",
    "command_names",
    "constants",
    "error_names",
    "fixture_names",
    "formatted_names",
    "modules",
    "signal_names",
]

_CHECK = re.compile(r"djelme\.[EIW]\d{3}")


def modules(package: str = "*") -> list[Path]:
    """Return the modules of a package below ``packages``, or of all, without their tests."""
    return sorted(ROOT.glob(f"packages/{package}/src/**/*.py"))


def constants(pattern: str, paths: list[Path]) -> set[str]:
    """Return the strings in some modules that are as a whole as a pattern wants.

    Parts of formatted strings don't count.
    """
    found = set()
    for path in paths:
        nodes = list(ast.walk(_tree(path)))
        parts = {
            id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values
        }
        found |= {
            node.value
            for node in nodes
            if isinstance(node, ast.Constant)
            and id(node) not in parts
            and isinstance(node.value, str)
            and re.fullmatch(pattern, node.value)
        }
    return found


def formatted_names(paths: list[Path]) -> set[str]:
    """Return patterns of the names of environment variables that modules make of a number.

    Of ``f"ELASTICSEARCH{major}_URL"``, ``ELASTICSEARCH\\d_URL``.
    """
    found = set()
    for path in paths:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(part.value) if isinstance(part, ast.Constant) else r"\d"
                    for part in node.values
                ]
                if re.fullmatch(r"[A-Z][A-Z_]*(\\d)?[A-Z_]*", "".join(parts)):
                    found.add("".join(parts))
    return found


def check_places() -> dict[str, set[str]]:
    """Return the modules in which each system check id is given to a message."""
    places: dict[str, set[str]] = defaultdict(set)
    for path in modules():
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
                given = node.value.value
                if node.arg == "id" and isinstance(given, str) and _CHECK.fullmatch(given):
                    places[given].add(path.name)
    return dict(places)


def command_names() -> set[str]:
    """Return the names of djelme's commands of ``manage.py``."""
    return {
        path.stem
        for path in modules()
        if path.parent.name == "commands" and path.stem.startswith("djelme_")
    }


def error_names(*packages: str, root: str) -> set[str]:
    """Return the public classes of errors of some packages that come from a root."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for package in packages
        for path in modules(package)
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ClassDef)
    }
    found = {root}
    while grown := {name for name, of in bases.items() if of & found} - found:
        found |= grown
    return {name for name in found if not name.startswith("_")}


def signal_names() -> set[str]:
    """Return the names of djelme's signals."""
    return {
        target.id
        for path in modules("django")
        for node in _tree(path).body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "id", "") == "Signal"
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def fixture_names() -> set[str]:
    """Return the names of the fixtures that djelme-testing's plugin gives to everybody."""
    return {
        node.name
        for path in modules("testing")
        if "conformance" not in path.parts
        for node in _tree(path).body
        if isinstance(node, ast.FunctionDef)
        and any("fixture" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))
