"""Counts of tests from pytest's JUnit files, and the tables at the end of a run."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["Count", "Result", "count_tests", "duration", "print_json", "print_table", "say"]

FAILED = "failed"
NOT_RUN = "not run"
PASSED = "passed"


@dataclass(frozen=True)
class Count:
    """How many tests passed, failed (errors too) and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        """Return the sum of both, number by number."""
        return Count(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        """Return the closing line of a run, such as `12 passed, 0 failed`."""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"

    @property
    def total(self) -> int:
        """All tests that were asked for."""
        return self.passed + self.failed + self.skipped


@dataclass(frozen=True)
class Result:
    """What became of a step or a cell."""

    name: str
    status: str
    seconds: float = 0.0
    tests: Count = field(default_factory=Count)
    reason: str = ""


def count_tests(path: Path) -> Count:
    """Return the counts of one JUnit file; none where pytest came to no end and left no file."""
    if not path.exists():
        return Count()
    total = Count()
    for suite in ElementTree.parse(path).iter("testsuite"):  # noqa: S314 - pytest's own file
        number = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors")}
        skipped = int(suite.get("skipped", "0"))
        failed = number["failures"] + number["errors"]
        total += Count(max(number["tests"] - failed - skipped, 0), failed, skipped)
    return total


def duration(seconds: float) -> str:
    """Return seconds for people: `7.3 s`, `2:05 min`."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{seconds:.1f} s"
    return f"{minutes}:{rest:02d} min"


def say(text: str) -> None:
    """Print a line at once, also where the output is a file."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_table(title: str, results: Iterable[Result]) -> None:
    """Print one row for each result: name, status, tests, time, reason."""
    rows = [(title, "status", "tests", "time", "")]
    rows += [
        (
            result.name,
            result.status,
            str(result.tests) if result.tests.total else "",
            duration(result.seconds) if result.seconds else "",
            result.reason,
        )
        for result in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        say("  ".join([*cells, row[4]]).rstrip())
        if row is rows[0]:
            say("  ".join("-" * width for width in widths))


def print_json(results: Sequence[Result], **further: object) -> None:
    """Print the results for machines, as one JSON object."""
    document = {**further, "results": [asdict(result) for result in results]}
    say(json.dumps(document, indent=2))
