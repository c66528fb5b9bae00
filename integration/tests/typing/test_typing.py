"""Sites can check the types of their own record classes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_SITE = "site_metrics.py"


@pytest.fixture(params=["8", "9"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of a site with record classes for a version of Elasticsearch."""
    shutil.copytree(_HERE, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__*"))
    metrics = tmp_path / _SITE
    text = metrics.read_text(encoding="utf-8")
    for name in ("elastic", "elasticsearch"):
        text = text.replace(f"{name}8", f"{name}{request.param}")
    metrics.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ["mypy", "--config-file=mypy.ini", "--python-executable", sys.executable, _SITE],
        ["pyright", "--pythonpath", sys.executable],
    ],
    ids=lambda command: command[0],
)
def test_record_classes_of_a_site_are_typed(site: Path, command: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", *command], cwd=site, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
