"""One version holds in all packages, and the pins between them are exact and agree."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from workspace.version import read_version

if TYPE_CHECKING:
    from pathlib import Path

OWN = re.compile(r"(?:djelme-\w+|django-elasticsearch-metrics)\b")


def test_every_package_takes_the_version_of_core(root: Path) -> None:
    source = root / "packages/core/src/djelme/_version.py"
    for path in sorted(root.glob("packages/*/pyproject.toml")):
        declared = re.search(r'\[tool\.hatch\.version\]\npath = "(.+)"', path.read_text())
        assert declared, path
        assert (path.parent / declared[1]).resolve() == source


def test_pins_between_packages_are_exact(projects: dict[str, dict[str, Any]]) -> None:
    version = read_version()
    names = {project["name"] for project in projects.values()}
    for project in projects.values():
        assert project["dynamic"] == ["version"]
        extras = project.get("optional-dependencies", {}).values()
        for requirement in chain(project.get("dependencies", []), *extras):
            own = OWN.match(requirement)
            if own:
                assert requirement == f"{own[0]}=={version}", project["name"]
                assert own[0] in names


def test_each_imp_is_an_extra_of_the_glue(projects: dict[str, dict[str, Any]]) -> None:
    imps = {name for name in projects if name.startswith("elastic")}
    extras = projects["django"]["optional-dependencies"]
    assert imps <= set(extras)
    for imp in imps:
        assert extras[imp] == [f"djelme-{imp}=={read_version()}"]


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    shutil.copytree(root / "scripts", tmp_path / "scripts")
    for path in [
        *root.glob("packages/*/pyproject.toml"),
        root / "packages/core/src/djelme/_version.py",
    ]:
        target = tmp_path / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return tmp_path


def test_set_version_leaves_no_old_version(copy: Path) -> None:
    subprocess.run([sys.executable, copy / "scripts/set-version", "2031.7.0rc1"], check=True)
    for path in copy.glob("packages/**/*"):
        if path.is_file():
            assert read_version() not in path.read_text()
    assert '"djelme-core==2031.7.0rc1"' in (copy / "packages/django/pyproject.toml").read_text()


def test_set_version_refuses_what_is_no_version(copy: Path) -> None:
    command = [sys.executable, str(copy / "scripts/set-version"), "v2"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "'v2' is no version" in refused.stderr
