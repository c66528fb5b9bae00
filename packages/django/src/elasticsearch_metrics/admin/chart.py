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
    import datetime
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from elasticsearch_metrics.statistics.query import Bucket, Histogram
    from elasticsearch_metrics.statistics.survey import Series

    Link = Callable[[datetime.datetime], str]

__all__ = ("HEIGHT", "Bar", "Chart", "Column", "draw", "round_up", "sparkline")

#: Height of the columns' area, in pixels.
HEIGHT = 200
#: Beyond that many periods, columns are too thin to point at: one outline is drawn.
MAX_COLUMNS = 400
#: Units from one column to the next, and of a column; of its two halves if there are two.
_PITCH, _WIDTH, _WIDE, _NARROW = 10, 8, 5, 3
_MAX_LABELS = 8
_FULL = 100
#: Parts of a power of ten that divide into four whole or two-digit parts.
_TOPS = (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10)
#: Size of a sparkline, in pixels.
SPARK_WIDTH, SPARK_HEIGHT = 90, 18


@dataclass(frozen=True)
class Bar:
    """A rectangle of a column.

    Attributes:
        kind: name of its style.
        x: left edge.
        y: upper edge.
        width: to its right edge.
        height: down to its lower edge.
    """

    kind: str
    x: int
    y: float
    width: int
    height: float


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: of its period.
        records: what it stands for.
        band: left edge of the place that it has for itself.
        bars: what is drawn there; the first one is for all its records, if it isn't parted.
        text: its name and numbers, in words.
        url: of what it stands for; empty for none.
        is_partial: whether it can't be compared with others.
    """

    name: str
    records: int
    band: int
    bars: tuple[Bar, ...]
    text: str
    url: str = ""
    is_partial: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart of numbers by period.

    Attributes:
        width: of the columns' area, in units.
        columns: from left to right; none if there are more than `MAX_COLUMNS`.
        outline: the path that is drawn in place of so many columns.
        line: the path of the numbers of an earlier range; empty for none.
        labels: names of periods and their places, in percent of the width.
        ticks: values of the scale and their distance from the top, in pixels, downwards.
    """

    width: int
    columns: tuple[Column, ...]
    outline: str
    line: str
    labels: tuple[tuple[str, float], ...]
    ticks: tuple[tuple[int, float], ...]
    height: int = HEIGHT
    pitch: int = _PITCH

    @property
    def is_partial(self) -> bool:
        """Whether some of the columns can't be compared with others."""
        return any(column.is_partial for column in self.columns)


def draw(
    histogram: Histogram,
    *,
    texts: Sequence[str] = (),
    link: Link | None = None,
    unique: Series | None = None,
    series: Sequence[Series] = (),
    earlier: Mapping[datetime.datetime, int] | None = None,
) -> Chart | None:
    """Return the chart of a histogram; None if it has no periods.

    Args:
        histogram: records by time.
        texts: what is said of each period; its name and number by default.
        link: gives the address of what a period stands for, by its first moment.
        unique: numbers that get a bar of their own beside the records'.
        series: numbers that the records' bars are parted into.
        earlier: numbers by period of an earlier range, which are drawn as a line.
    """
    buckets, interval = histogram.buckets, histogram.interval
    if not buckets:
        return None
    earlier = earlier or {}
    top = round_up(max(*(bucket.records for bucket in buckets), 0, *earlier.values()))
    columns: tuple[Column, ...] = ()
    if len(buckets) <= MAX_COLUMNS:
        names = [period_text(interval, bucket.start) for bucket in buckets]
        columns = tuple(
            Column(
                name,
                bucket.records,
                place * _PITCH,
                tuple(_bars(place * _PITCH, bucket, top, unique, series)),
                texts[place] if texts else f"{name}: {bucket.records}",
                link(bucket.start) if link else "",
                bucket.is_partial,
            )
            for place, (name, bucket) in enumerate(zip(names, buckets, strict=True))
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
    outline = "" if columns else _outline([_height(bucket.records, top) for bucket in buckets])
    line = _line([earlier.get(bucket.start) for bucket in buckets], top)
    return Chart(len(buckets) * _PITCH, columns, outline, line, labels, ticks)


def sparkline(numbers: Sequence[int]) -> str:
    """Return the path of a small line, `SPARK_WIDTH` wide and `SPARK_HEIGHT` high.

    >>> sparkline([0, 2, 1])
    'M0 17L45 1L90 9'
    """
    top, last = max(*numbers, 1), SPARK_HEIGHT - 2
    step = SPARK_WIDTH / max(len(numbers) - 1, 1)
    points = (
        f"{round(place * step, 1):g} {round(1 + last - last * number / top, 1):g}"
        for place, number in enumerate(numbers)
    )
    return f"M{'L'.join(points)}"


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


def _bars(
    band: int, bucket: Bucket, top: int, unique: Series | None, series: Sequence[Series]
) -> Iterator[Bar]:
    """Yield what is drawn of a period: its records, in parts if there are series, and the rest."""
    width, left = (_WIDE if unique else _WIDTH), band + (_PITCH - _WIDTH) // 2
    partial = " partial" if bucket.is_partial else ""
    if not series:
        height = _height(bucket.records, top)
        yield Bar(f"bar{partial}", left, round(HEIGHT - height, 1), width, height)
    base = 0
    for place, found in enumerate(series):
        number = found.numbers.get(bucket.start, 0)
        # A record may have several values, so that the parts could be more than the whole.
        number = min(number, bucket.records - base)
        yield _part(f"bar value{place}{partial}", (left, width), base, number, top)
        base += number
    if series:
        yield _part(f"bar others{partial}", (left, width), base, bucket.records - base, top)
    if unique is not None:
        height = _height(unique.numbers.get(bucket.start, 0), top)
        yield Bar(f"bar unique{partial}", left + _WIDE, round(HEIGHT - height, 1), _NARROW, height)


def _part(kind: str, place: tuple[int, int], base: int, number: int, top: int) -> Bar:
    left, width = place
    height = round(HEIGHT * number / top, 1)
    return Bar(kind, left, round(HEIGHT - HEIGHT * base / top - height, 1), width, height)


def _line(numbers: Sequence[int | None], top: int) -> str:
    """Return the path through the middles of the periods that have a number."""
    points = [
        f"{place * _PITCH + _PITCH // 2} {round(HEIGHT - HEIGHT * number / top, 1):g}"
        for place, number in enumerate(numbers)
        if number is not None
    ]
    return f"M{'L'.join(points)}" if points else ""


def _outline(heights: list[float]) -> str:
    steps = "".join(
        f"V{HEIGHT - height:g}H{(place + 1) * _PITCH}" for place, height in enumerate(heights)
    )
    return f"M0 {HEIGHT}{steps}V{HEIGHT}Z"
