"""The hooks of commits use the environments of hatch.toml, and no other tools."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def hooks(root: Path) -> dict[str, dict[str, Any]]:
    (repository,) = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local", "nothing else is fetched"
    return {hook["id"]: hook for hook in repository["hooks"]}


def test_each_package_is_type_checked(root: Path, hooks: dict[str, dict[str, Any]]) -> None:
    for package in (path.parent.name for path in root.glob("packages/*/pyproject.toml")):
        hook = hooks[f"types-{package}"]
        assert re.search(hook["files"], f"packages/{package}/src/x.py")
        assert hook["entry"].endswith(f":{package}")


@pytest.mark.parametrize("name", ["codespell", "toml", "yaml", "subject"])
def test_there_is_a_hook(hooks: dict[str, dict[str, Any]], name: str) -> None:
    assert hooks[name]["language"] == "system"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("core: cover ranges that end within a period", ""),
        ("core, glue: name one thing\n\nbecause", ""),
        ("# a comment\ndocs: begin with a picture", ""),
        ("Merge branch 'main' into x", ""),
        ("Cover ranges", "should be an area"),
        ("cores: cover ranges", "no area cores; there are: .*core, "),
        ("core: cover ranges.", "without a full stop"),
        (f"core: {'x' * 70}", "76 characters"),
        ("", "should be an area"),
    ],
)
def test_subjects(root: Path, tmp_path: Path, message: str, said: str) -> None:
    file = tmp_path / "message"
    file.write_text(message)
    command = [sys.executable, str(root / "scripts/check-subject"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == bool(said)
    assert re.search(said, done.stderr)
