"""Tables of text that fit a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from elasticsearch_metrics.management.chart import columns, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ("table_lines",)

_GAP = "  "
_INDENT = " " * 4
#: Text is wrapped to no less than so many columns.
_LEAST_TEXT = 20


def table_lines(
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    width: int,
    *,
    spare: Sequence[str] = (),
    text_last: bool = False,
) -> Iterator[str]:
    r"""Return a line of headings, and lines of rows; numbers are aligned to the right.

    What is too wide loses its spare columns one after the other; then a text in the last column
    goes below its row; and what doesn't fit even so is given as one block a row, with a line for
    each value.

    Args:
        headings: one a column.
        rows: values; None is shown as a dash.
        width: of the terminal, in columns.
        spare: headings of columns that may be left out, the first one first.
        text_last: whether the last column is a text that says by itself what it is about.

    >>> print(*table_lines(("index", "records"), [("a", 1200), ("long", None)], 80), sep="\n")
    index  records
    a        1,200
    long   -
    >>> print(*table_lines(("index", "records"), [("a", 1200)], 10), sep="\n")
    index    a
    records  1,200
    """
    for number in range(len(spare) + 1):
        left_out = spare[:number]
        kept = [at for at, heading in enumerate(headings) if heading not in left_out]
        table = _Table([headings[at] for at in kept], [[row[at] for at in kept] for row in rows])
        if table.width <= width:
            return table.lines()
    if text_last and table.width_without_last <= width:
        return table.lines_with_text(width)
    return _Table(headings, rows).blocks(width)


class _Table:
    def __init__(self, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        self._headings = headings
        self._rows = rows
        self._cells = [[_shown(value) for value in row] for row in rows]
        by_column = zip(headings, *self._cells, strict=True)
        self._widths = [max(map(columns, column)) for column in by_column]

    @property
    def width(self) -> int:
        """Columns that the widest line takes."""
        return sum(self._widths) + len(_GAP) * (len(self._widths) - 1)

    @property
    def width_without_last(self) -> int:
        """The same without the last column."""
        return self.width - self._widths[-1] - len(_GAP)

    def lines(self) -> Iterator[str]:
        """Yield headings and rows."""
        yield self._line(self._headings, [False] * len(self._headings))
        for row, cells in zip(self._rows, self._cells, strict=True):
            yield self._line(cells, [isinstance(value, (int, float)) for value in row])

    def lines_with_text(self, width: int) -> Iterator[str]:
        """Yield headings and rows without the last column, whose texts are below."""
        headings, *lines = _Table(self._headings[:-1], [row[:-1] for row in self._rows]).lines()
        yield headings
        for line, cells in zip(lines, self._cells, strict=True):
            yield line
            for text in _wrapped(cells[-1], max(_LEAST_TEXT, width - len(_INDENT))):
                yield f"{_INDENT}{text}"

    def blocks(self, width: int) -> Iterator[str]:
        """Yield a line for each value, with a blank one between rows."""
        label_width = max(map(columns, self._headings)) + len(_GAP)
        for number, cells in enumerate(self._cells):
            if number:
                yield ""
            for heading, cell in zip(self._headings, cells, strict=True):
                first, *others = _wrapped(cell, max(_LEAST_TEXT, width - label_width))
                yield f"{_padded(heading, label_width)}{first}".rstrip()
                yield from (f"{' ' * label_width}{other}" for other in others)

    def _line(self, cells: Sequence[str], numbers: Sequence[bool]) -> str:
        padded = [
            f"{' ' * (width - columns(cell))}{cell}" if number else _padded(cell, width)
            for cell, width, number in zip(cells, self._widths, numbers, strict=True)
        ]
        return _GAP.join(padded).rstrip()


def _padded(text: str, width: int) -> str:
    return f"{text}{' ' * (width - columns(text))}"


def _wrapped(text: str, width: int) -> list[str]:
    """Return lines; names aren't broken, as they are copied from here."""
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return lines or [""]


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, (int, float)) else printable(str(value))
