"""The geometry of a column chart in SVG.

The columns are drawn in units of their own and stretched to the width of the page, so no script is
needed; the texts stand beside them, at places in percent, and are not stretched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from elasticsearch_metrics.admin.moment import period_text

if TYPE_CHECKING:
    from elasticsearch_metrics.statistics.query import Histogram

__all__ = ("HEIGHT", "Chart", "Column", "draw", "round_up")

#: Height of the columns' area, in pixels.
HEIGHT = 200
#: Beyond that many periods, columns are too thin to point at: one outline is drawn.
MAX_COLUMNS = 400
#: Units from one column to the next, and of a column.
_PITCH, _WIDTH = 10, 8
_MAX_LABELS = 8
_FULL = 100
#: Parts of a power of ten that divide into four whole or two-digit parts.
_TOPS = (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10)


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: of its period.
        records: what it stands for.
        band: left edge of the place that it has for itself.
        x: left edge.
        y: upper edge.
        height: down to the base line; at least a pixel for any record.
    """

    name: str
    records: int
    band: int
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Chart:
    """A chart of numbers by period.

    Attributes:
        width: of the columns' area, in units.
        columns: from left to right; none if there are more than `MAX_COLUMNS`.
        outline: the path that is drawn in place of so many columns.
        labels: names of periods and their places, in percent of the width.
        ticks: values of the scale and their distance from the top, in pixels, downwards.
    """

    width: int
    columns: tuple[Column, ...]
    outline: str
    labels: tuple[tuple[str, float], ...]
    ticks: tuple[tuple[int, float], ...]
    height: int = HEIGHT
    pitch: int = _PITCH
    column_width: int = _WIDTH


def draw(histogram: Histogram) -> Chart | None:
    """Return the chart of a histogram; None if it has no periods."""
    buckets, interval = histogram.buckets, histogram.interval
    if not buckets:
        return None
    top = round_up(max(bucket.records for bucket in buckets))
    heights = [_height(bucket.records, top) for bucket in buckets]
    columns: tuple[Column, ...] = ()
    if len(buckets) <= MAX_COLUMNS:
        columns = tuple(
            Column(
                period_text(interval, bucket.start),
                bucket.records,
                place * _PITCH,
                place * _PITCH + (_PITCH - _WIDTH) // 2,
                round(HEIGHT - height, 1),
                height,
            )
            for place, (bucket, height) in enumerate(zip(buckets, heights, strict=True))
        )
    step = math.ceil(len(buckets) / _MAX_LABELS)
    labels = tuple(
        (
            period_text(interval, buckets[place].start),
            round(_FULL * (place + 0.5) / len(buckets), 2),
        )
        for place in range(step // 2, len(buckets), step)
    )
    parts = 4 if top % 4 == 0 else 2 if top % 2 == 0 else 1
    ticks = tuple(
        (top * part // parts, HEIGHT - HEIGHT * part / parts) for part in range(parts, -1, -1)
    )
    outline = "" if columns else _outline(heights)
    return Chart(len(buckets) * _PITCH, columns, outline, labels, ticks)


def round_up(value: int) -> int:
    """Return the next number that is good at the top of a scale.

    >>> [round_up(value) for value in (0, 3, 9, 88, 1201, 29428)]
    [1, 4, 10, 100, 1600, 32000]
    """
    if value <= 0:
        return 1
    power: int = 10 ** (len(str(value)) - 1)
    for part in _TOPS:
        top = power * part
        if top >= value and top == int(top):
            return int(top)
    return power * 10


def _height(records: int, top: int) -> float:
    return max(1.0, round(HEIGHT * records / top, 1)) if records else 0.0


def _outline(heights: list[float]) -> str:
    steps = "".join(
        f"V{HEIGHT - height:g}H{(place + 1) * _PITCH}" for place, height in enumerate(heights)
    )
    return f"M0 {HEIGHT}{steps}V{HEIGHT}Z"
