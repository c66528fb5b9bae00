"""Sites can check the types of their own record classes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_SITE = "site_metrics.py"


@pytest.mark.parametrize(
    "command",
    [
        ["mypy", "--config-file=mypy.ini", "--python-executable", sys.executable, _SITE],
        ["pyright", "--pythonpath", sys.executable],
    ],
    ids=lambda command: command[0],
)
def test_record_classes_of_a_site_are_typed(command: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", *command], cwd=_HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
