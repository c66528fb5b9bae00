"""The Markdown pages have a sentence a line, so that a change of prose can be read in a diff."""

from __future__ import annotations

import runpy
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def rewritten(root: Path) -> Any:
    return runpy.run_path(str(root / "scripts/sentences"))["rewritten"]


def test_the_pages_have_a_sentence_a_line(root: Path) -> None:
    command = [sys.executable, str(root / "scripts/sentences"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "", "run scripts/sentences"
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("One. Two\nends here. Three.", "One.\nTwo ends here.\nThree."),
        ("It is `a. B`. It goes on.", "It is `a. B`.\nIt goes on."),
        ("See [a. B](c.md). `d` follows.", "See [a. B](c.md).\n`d` follows."),
        ("Such as e.g. This. djelme does.", "Such as e.g. This.\ndjelme does."),
        ("In UTC. A record (first. Second) of 3.10 to 3.14.", None),
        ("- One. Two\n  goes on.\n- Three.", "- One.\n  Two goes on.\n- Three."),
        ("1. One. Two.", "1. One.\n   Two."),
        ("```python\nx = 1  # One. Two.\n```", "```python\nx = 1  # One. Two.\n```"),
        ("| a. B | c. D |\n|---|---|", "| a. B | c. D |\n|---|---|"),
        ("# One. Two", "# One. Two"),
        (
            ":::{admonition} New. Here?\nOne. Two.\n:::",
            ":::{admonition} New. Here?\nOne.\nTwo.\n:::",
        ),
        ("A break is meant.  \nNext. One.", "A break is meant.  \nNext. One."),
    ],
)
def test_what_is_rewritten(rewritten: Any, before: str, after: str | None) -> None:
    wanted = after or "In UTC.\nA record (first. Second) of 3.10 to 3.14."
    assert rewritten(before) == f"{wanted}\n"
    assert rewritten(wanted) == f"{wanted}\n"
