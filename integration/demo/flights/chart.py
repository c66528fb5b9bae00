"""The geometry of the page's charts: what templates need to write SVG.

A chart is drawn in units of its own and stretched to the width of the page, so that it needs no
script. Its texts are HTML beside it, which is not stretched.
"""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ("Column", "ColumnChart", "Row", "column_chart", "round_up", "rows")

#: The height of a column chart, and the width of its columns with the gap between two.
HEIGHT, PITCH, WIDTH = 100, 20, 14


@dataclass(frozen=True)
class Column:
    """A column of a chart, in units of its viewBox.

    Attributes:
        name: of what is counted, in full: "January 2013".
        short: three letters, "Jan"; with the year, "Jan 14", where another one begins.
        value: the count.
        x: left edge.
        y: upper edge.
        height: down to the base line.
        band: left edge of the place that it has for itself, for a wide target of the pointer.
    """

    name: str
    short: str
    value: int
    x: int
    y: float
    height: float
    band: int


@dataclass(frozen=True)
class ColumnChart:
    """A chart of columns.

    Attributes:
        columns: from left to right.
        width: of the viewBox.
        height: of the viewBox.
        pitch: from one column to the next.
        column_width: of each column.
        ticks: values of the scale with their distance from the base line in percent.
    """

    columns: list[Column]
    width: int
    height: int
    pitch: int
    column_width: int
    ticks: list[tuple[int, float]]


def column_chart(months: Mapping[str, int]) -> ColumnChart:
    """Return a chart of counts by month ("2013-01")."""
    top = round_up(max(months.values(), default=0))
    columns: list[Column] = []
    for place, (month, value) in enumerate(months.items()):
        year, _, number = month.partition("-")
        height = round(HEIGHT * value / top, 2)
        short = calendar.month_abbr[int(number)]
        columns.append(
            Column(
                name=f"{calendar.month_name[int(number)]} {year}",
                short=f"{short} {year[2:]}" if columns and number == "01" else short,
                value=value,
                x=place * PITCH + (PITCH - WIDTH) // 2,
                y=round(HEIGHT - height, 2),
                height=height,
                band=place * PITCH,
            )
        )
    steps = 4 if top % 4 == 0 else 2 if top % 2 == 0 else 1
    ticks = [(top * step // steps, 100 * step / steps) for step in range(steps + 1)]
    return ColumnChart(columns, max(1, len(columns)) * PITCH, HEIGHT, PITCH, WIDTH, ticks)


def round_up(value: int) -> int:
    """Return the next number that is good at the top of a scale.

    >>> [round_up(value) for value in (0, 3, 9, 88, 1201, 29428)]
    [1, 4, 10, 100, 1600, 32000]
    """
    if value <= 0:
        return 1
    power: int = 10 ** math.floor(math.log10(value))
    for tenth in (10, 12, 16, 20, 24, 32, 40, 60, 80, 100):
        top = power * tenth // 10
        if top >= value and (power > 1 or tenth % 10 == 0):
            return top
    return power * 10


@dataclass(frozen=True)
class Row:
    """A row of a ranking.

    Attributes:
        code: what is counted.
        name: in words.
        value: the count.
        share: of the greatest count, in percent.
        note: what else is to say.
    """

    code: str
    name: str
    value: int
    share: float
    note: str = ""


def rows(counted: Iterable[tuple[str, str, int, str]]) -> list[Row]:
    """Return the rows of a ranking for codes, names, counts and notes, greatest count first."""
    counted = list(counted)
    top = max((value for _, _, value, _ in counted), default=0)
    return [
        Row(code, name, value, round(100 * value / top, 2) if top else 0.0, note)
        for code, name, value, note in counted
    ]
