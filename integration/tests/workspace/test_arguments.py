"""Scripts refuse wrong arguments before they install anything, and say which are right."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPTS = ("benchmark", "demo", "matrix", "pictures", "set-version", "test", "wheels")


@pytest.fixture(scope="module")
def copy(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which nothing was installed yet."""
    copy = tmp_path_factory.mktemp("workspace")
    shutil.copytree(root / "scripts", copy / "scripts")
    for name in ("benchmarks", "demo"):
        shutil.copytree(root / "integration" / name, copy / "integration" / name)
    shutil.copy(root / "hatch.toml", copy)
    return copy


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script, *others = arguments
    command = [sys.executable, str(copy / "scripts" / script), *others]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("script", _SCRIPTS)
def test_a_wrong_option_installs_nothing(copy: Path, script: str) -> None:
    done = run(copy, script, "--no-such-option")
    assert done.returncode == 2
    assert "--no-such-option" in done.stderr
    assert not (copy / ".tools").exists()


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        (("test", "--only", "nope"), r"types-core +types +10\.0 s\n"),
        (("benchmark", "--only", "nope"), "'start', 'record'|start, record"),
        (("matrix", "--py", "3.9"), r"hatch\.toml declares 3\.10, 3\.11"),
        (("matrix", "--elasticsearch", "7"), r"hatch\.toml declares 6, 8"),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_ones(
    copy: Path, arguments: tuple[str, ...], known: str
) -> None:
    done = run(copy, *arguments)
    assert done.returncode == 2
    assert re.search(known, done.stderr)
    assert not (copy / ".tools").exists()


def test_steps_are_listed_with_what_they_take(copy: Path) -> None:
    done = run(copy, "test", "--list")
    assert done.returncode == 0
    assert re.search(r"^integration +8:00 min$", done.stdout, re.MULTILINE)
    for line in done.stdout.splitlines():
        assert re.search(r"\d (s|min)$", line)
    assert not (copy / ".tools").exists()


def test_groups_of_benchmarks_are_those_that_run(root: Path) -> None:
    options = (root / "integration/benchmarks/options.py").read_text()
    main = (root / "integration/benchmarks/__main__.py").read_text()
    listed = re.findall(r'^    "(\w+)": "', options, re.MULTILINE)
    assert listed == re.findall(r'^    "(\w+)": \w+\.run,', main, re.MULTILINE)
