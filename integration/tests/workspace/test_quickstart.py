"""Reading the quickstart out of README.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from workspace.quickstart import (
    URL_VARIABLE,
    Quickstart,
    QuickstartError,
    expect,
    piece,
    statements_and_answer,
)

SESSION = """\
>>> from myapp.metrics import Usage
>>> Usage.record(item_id=7)
Usage(id='HFfKpA1cAaIMWiPda23c', item_id=7)
>>> for number in (1, 2):
...     Usage.record(item_id=number)
>>> Usage.search().count()      # all of them
3
"""


def test_readme_has_every_piece() -> None:
    quickstart = Quickstart(Path(), Path(), "http://127.0.0.1:1")
    assert "EventRecord" in quickstart.metrics
    assert "DJELME_BACKENDS" in quickstart.settings
    assert URL_VARIABLE in quickstart.settings, "or a server that is started isn't used"


def test_only_the_last_answer_of_a_session_counts() -> None:
    statements, answer = statements_and_answer(SESSION)
    assert statements.splitlines()[-1] == "print(repr(Usage.search().count()))"
    assert "for number in (1, 2):\n    Usage.record(item_id=number)" in statements
    assert answer == "3"


def test_session_without_an_answer() -> None:
    with pytest.raises(QuickstartError, match="should end with an answer"):
        statements_and_answer(">>> x = 1\n")


def test_missing_piece_is_named() -> None:
    with pytest.raises(QuickstartError, match=r"begins with '# settings\.py'"):
        piece(["# urls.py\n"], "# settings.py\n")


def test_other_answer_than_promised() -> None:
    expect("a warning\n3\n", "3\n")
    with pytest.raises(QuickstartError, match="promises '3'"):
        expect("4\n", "3\n")
