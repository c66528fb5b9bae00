"""Counting tests, and the lines at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workspace.report import FAILED, NOT_RUN, PASSED, Count, Result, count_tests, print_table

if TYPE_CHECKING:
    from pathlib import Path


def test_errors_count_as_failures(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(
        '<testsuites><testsuite tests="9" failures="2" errors="1" skipped="3"/></testsuites>'
    )
    assert count_tests(path) == Count(passed=3, failed=3, skipped=3)


def test_no_file_is_no_test(tmp_path: Path) -> None:
    assert count_tests(tmp_path / "missing.xml") == Count()


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (Count(12, 0), "12 passed, 0 failed"),
        (Count(1, 2, 3), "1 passed, 2 failed, 3 skipped"),
        (Count(1, 2) + Count(3, 4, 5), "4 passed, 6 failed, 5 skipped"),
    ],
)
def test_closing_line(count: Count, line: str) -> None:
    assert str(count) == line


def test_table_has_a_row_for_each_result(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(
        "cell",
        [
            Result("first", PASSED, 7.25, Count(3, 0)),
            Result("second", FAILED, 125.0, Count(2, 1), "exit code 1"),
            Result("third", NOT_RUN, reason="no python3.14 on this machine"),
        ],
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == [
        "first   passed   3 passed, 0 failed  7.2 s",
        "second  failed   2 passed, 1 failed  2:05 min  exit code 1",
        "third   not run                                no python3.14 on this machine",
    ]
