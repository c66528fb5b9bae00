"""Ranges of time as people name them: half-open and in UTC inside, inclusive on the pages."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from djelme.interval import INTERVALS
from djelme.timeparts import parse_when
from elasticsearch_metrics.admin.moment import url_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import _StrPromise

    Moment = datetime.datetime
    Bounds = tuple[Moment | None, Moment | None]

__all__ = ("RANGES", "NamedRange", "end_of", "inclusive_text")

_DAY = datetime.timedelta(days=1)
_MILLISECOND = datetime.timedelta(milliseconds=1)
_ZONE = re.compile(r"(?<=\d)(?:Z|[+-]\d{2}:?\d{2})$")
_PARTS = ("year", "month", "day", "hour", "minute")


@dataclass(frozen=True)
class NamedRange:
    """A range of time that has a name.

    Attributes:
        name: in URLs.
        label: for people.
        bounds: gives its bounds at a moment in UTC: the first moment, and the first one after it;
            None for none.
        interval: what it is cut into; empty for what fits.
    """

    name: str
    label: _StrPromise
    bounds: Callable[[Moment], Bounds]
    interval: str = ""


def _period(interval: str, ago: int = 0) -> Callable[[Moment], Bounds]:
    """Return what gives the present period of the calendar, or the one before it."""

    def bounds(now: Moment) -> Bounds:
        chosen = INTERVALS[interval]
        start = chosen.floor(now)
        if ago:
            start = chosen.floor(start - _MILLISECOND)
        return start, chosen.next(start)

    return bounds


def _days(number: int) -> Callable[[Moment], Bounds]:
    """Return what gives the last days, with the present one."""

    def bounds(now: Moment) -> Bounds:
        end = INTERVALS["day"].next(INTERVALS["day"].floor(now))
        return end - number * _DAY, end

    return bounds


def _year(now: Moment) -> Bounds:
    """Return the last twelve months, with the present one."""
    end = INTERVALS["month"].next(INTERVALS["month"].floor(now))
    return end.replace(year=end.year - 1), end


#: Ranges by their names, in the order of the pages.
RANGES = {
    found.name: found
    for found in (
        NamedRange("today", _("Today"), _period("day"), "hour"),
        NamedRange("last-7-days", _("Last 7 days"), _days(7), "day"),
        NamedRange("last-30-days", _("Last 30 days"), _days(30), "day"),
        NamedRange("this-month", _("This month"), _period("month"), "day"),
        NamedRange("last-month", _("Last month"), _period("month", 1), "day"),
        NamedRange("last-12-months", _("Last 12 months"), _year, "month"),
        NamedRange("this-year", _("This year"), _period("year"), "month"),
        NamedRange("last-year", _("Last year"), _period("year", 1), "month"),
        NamedRange("all", _("All"), lambda _now: (None, None)),
    )
}


def end_of(text: str) -> Moment:
    """Return the first moment after what a text stands for: a year, a month, a day, or less.

    Raises:
        ValueError: if it is no such text.

    >>> end_of("2026-02").isoformat(), end_of("2026-11-23T04:05").isoformat()
    ('2026-03-01T00:00:00+00:00', '2026-11-23T04:06:00+00:00')
    """
    start = parse_when(text)
    without_zone = _ZONE.sub("", text) if "T" in text or " " in text else text
    number = len(re.findall(r"\d+", without_zone))
    if number <= len(_PARTS):
        return INTERVALS[_PARTS[number - 1]].next(start)
    is_second = number == len(_PARTS) + 1
    try:
        return start + (datetime.timedelta(seconds=1) if is_second else _MILLISECOND)
    except OverflowError as error:
        msg = f"it ends after all times: {text}"
        raise ValueError(msg) from error


def inclusive_text(end: Moment) -> str:
    """Return the last day, minute or millisecond before a moment, as forms and URLs have it.

    >>> utc = datetime.timezone.utc
    >>> inclusive_text(datetime.datetime(2026, 12, 1, tzinfo=utc))
    '2026-11-30'
    >>> inclusive_text(datetime.datetime(2026, 11, 23, 4, 5, tzinfo=utc))
    '2026-11-23T04:04'
    """
    if end.time() == datetime.time():
        return url_text(end - _DAY)
    if not end.second and not end.microsecond:
        return url_text(end - datetime.timedelta(minutes=1))
    last = (end - _MILLISECOND).replace(tzinfo=None)
    return last.isoformat(timespec="milliseconds")
