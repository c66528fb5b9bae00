"""The cycles that reports are about: years, months, days or hours of UTC."""

from __future__ import annotations

import datetime  # noqa: TC003 - a field of a dataclass
from dataclasses import dataclass
from typing import TYPE_CHECKING

from djelme.timeparts import parse_range, parse_when, serialize_timeparts
from elasticsearch_metrics.util.timeparts import serialize_timeparts as unpadded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme.timedepth import Timedepth

__all__ = ("Cycle", "cycle_forms", "cycle_of", "each_cycle")


@dataclass(frozen=True, order=True)
class Cycle:
    """One cycle.

    Attributes:
        start: first moment, in UTC.
        end: first moment after it.
        name: as ``cycle_coverage`` has it, such as "2026.11".
    """

    start: datetime.datetime
    end: datetime.datetime
    name: str

    def __str__(self) -> str:
        return self.name


def _starting(start: datetime.datetime, depth: Timedepth) -> Cycle:
    parts = (start.year, start.month, start.day, start.hour)[:depth]
    return Cycle(start, depth.next(start), serialize_timeparts(parts))


def cycle_forms(name: str) -> list[str]:
    """Return how documents have the name of a cycle: today, and as the published library wrote it.

    >>> cycle_forms("2026.02")
    ['2026.02', '2026.2']
    """
    return list(dict.fromkeys([name, unpadded([int(part) for part in name.split(".")])]))


def cycle_of(when: object, depth: Timedepth) -> Cycle:
    """Return the cycle that a moment is in.

    Args:
        when: a tuple, a date, a datetime or a str such as "2026-11"; in UTC unless it says
            otherwise.
        depth: length of the cycles.

    Raises:
        TypeError: if it is nothing of the kind.
        ValueError: if it is empty or impossible, or after the year 9999.
    """
    start = depth.floor(parse_when(when, name="cycle"))
    try:
        return _starting(start, depth)
    except OverflowError as error:
        msg = f"cycle should end by the year 9999, not {when!r}"
        raise ValueError(msg) from error


def each_cycle(from_when: object, until_when: object, depth: Timedepth) -> Iterator[Cycle]:
    """Yield the cycles that have a part in a half-open range of time, oldest first.

    Raises:
        TypeError: if a bound is nothing that `parse_when` reads.
        ValueError: if a bound is impossible, or the range ends before it begins.
    """
    start, end = parse_range(from_when, until_when)
    if start == end:
        return
    cycle = cycle_of(start, depth)
    while cycle.start < end:
        yield cycle
        cycle = _starting(cycle.end, depth)
