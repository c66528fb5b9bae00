"""What the tests of the workspace read: the declarations at the root and in the packages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli

ROOT = Path(__file__).resolve().parents[3]


def read_toml(path: Path) -> dict[str, Any]:
    """Return the contents of a TOML file."""
    return tomli.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the workspace."""
    return ROOT


@pytest.fixture(scope="session")
def environments() -> dict[str, Any]:
    """Return the environments that hatch.toml declares."""
    declared: dict[str, Any] = read_toml(ROOT / "hatch.toml")["envs"]
    return declared


@pytest.fixture(scope="session")
def projects() -> dict[str, dict[str, Any]]:
    """Return the `[project]` table of each package, by the name of its folder."""
    return {
        path.parent.name: read_toml(path)["project"]
        for path in sorted(ROOT.glob("packages/*/pyproject.toml"))
    }
