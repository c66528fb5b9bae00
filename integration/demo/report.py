"""What a person reads while the demonstration runs."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from demo.bar import seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

__all__ = ("Comparison", "Report", "Tally", "bar", "table")

INDENT = "   "
BAR_WIDTH = 34  # of the longest bar, in characters, where the terminal has room for it
LEAST_BAR_WIDTH = 10
PAGE = (100, 40)  # columns and lines, where there is no terminal


@dataclass(frozen=True)
class Comparison:
    """A figure and what it has to be.

    Attributes:
        label: what is counted.
        found: the figure from Elasticsearch.
        expected: the same from the source of truth.
        note: shown behind the label.
    """

    label: str
    found: int
    expected: int
    note: str = ""

    @property
    def equal(self) -> bool:
        """Whether the two are the same."""
        return self.found == self.expected


@dataclass
class Tally:
    """All comparisons of a run.

    Attributes:
        compared: how many figures were compared.
        different: those that differ.
    """

    compared: int = 0
    different: list[Comparison] = field(default_factory=list)

    def add(self, comparison: Comparison) -> Comparison:
        """Count a comparison and return it."""
        self.compared += 1
        if not comparison.equal:
            self.different.append(comparison)
        return comparison


class Report:
    """Write headed steps with their times, tables and bar charts.

    Args:
        stream: where to write.

    Attributes:
        tally: the comparisons that were shown.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.tally = Tally()
        self._steps = 0
        self._colour = stream.isatty() and "NO_COLOR" not in os.environ
        encoding = (stream.encoding or "").lower().replace("-", "")
        self._block = "█" if encoding == "utf8" else "#"

    def line(self, text: str = "") -> None:
        """Write a line of a step."""
        self.stream.write(f"{INDENT}{text}".rstrip() + "\n")
        self.stream.flush()

    def title(self, text: str) -> None:
        """Write a line at the margin that stands out."""
        self.stream.write(self.style("1", text) + "\n")
        self.stream.flush()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Head what is done in the block, and say how long it took."""
        self._steps += 1
        self.stream.write("\n")
        self.title(f"{self._steps}. {title}")
        started = time.monotonic()
        yield
        self.line(self.style("2", seconds_text(time.monotonic() - started)))

    def compare(self, comparisons: Sequence[Comparison], truth: str, *, bars: bool = False) -> None:
        """Write a table of figures beside what they have to be, and count them.

        Args:
            comparisons: the figures.
            truth: where the expected figures come from.
            bars: whether each figure is drawn as a bar, too.
        """
        rows = [["", "Elasticsearch", truth, ""]]
        for each in comparisons:
            self.tally.add(each)
            label = f"{each.label}  {each.note}".rstrip()
            verdict = self.style("32", "=") if each.equal else self.style("1;31", "DIFFERENT")
            rows.append([label, f"{each.found:,}", f"{each.expected:,}", verdict])
        if bars:
            self._insert_bars(rows, [each.found for each in comparisons])
        for text in table(rows, 2 if bars else 1):
            self.line(text)

    def _insert_bars(self, rows: list[list[str]], values: Sequence[int]) -> None:
        """Put a column of bars, as wide as there is room for, behind the labels of a table."""
        taken = sum(max(len(row[place]) for row in rows) for place in range(3)) + len(
            "  " * 4 + "="
        )
        room = shutil.get_terminal_size(PAGE).columns - len(INDENT) - taken
        width = min(BAR_WIDTH, max(LEAST_BAR_WIDTH, room))
        greatest = max(values, default=0)
        rows[0].insert(1, "")
        for row, value in zip(rows[1:], values, strict=True):
            row.insert(1, bar(value, greatest, width, self._block))

    def style(self, code: str, text: str) -> str:
        """Return a text in a style of the terminal, or as it is where there is none."""
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def bar(value: int, greatest: int, width: int, block: str = "█") -> str:
    """Return a bar as long as the value's share of the greatest; any value above 0 shows.

    >>> [bar(value, 100, 34, "#") for value in (50, 1, 0)]
    ['#################', '#', '']
    """
    if value <= 0 or greatest <= 0:
        return ""
    return block * max(1, round(width * value / greatest))


def table(rows: Sequence[Sequence[str]], left: int) -> list[str]:
    """Return rows as lines of aligned columns; the last column is written as it is.

    Args:
        rows: their cells.
        left: how many columns are aligned to the left; the others are to the right.

    >>> table([["", "found", ""], ["a", "12", "="], ["bcd", "1", "="]], 1)
    ['     found', 'a       12  =', 'bcd      1  =']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row[:-1], widths, strict=False))
        ]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return lines
