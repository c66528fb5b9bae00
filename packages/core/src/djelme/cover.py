"""Cover a range of time by patterns of index names.

The patterns only keep a search away from indexes that can't hold anything of the range; that the
result is exact is the search's own filter's business. So a cover may be coarser than it could be,
where that keeps the request short, but never misses an index: whatever timedepth it has, and
whether it was named by djelme, by django-elasticsearch-metrics 2026.0 (unpadded, with a trailing
dot) or in one of a type's older date formats.
"""

from __future__ import annotations

import calendar
import datetime
import itertools
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from djelme.naming import Period, SingleIndexNaming, format_time
from djelme.timedepth import Timedepth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme.naming import IndexNaming

__all__ = ("MAX_BYTES", "all_indexes", "cover")

#: Most bytes of names in a request: Elasticsearch takes 4,096 in the first line of one.
MAX_BYTES = 3_500

_YEAR_DIGITS = 4
_MONTHS = 12
_UTC = datetime.timezone.utc
_FOREVER = datetime.datetime.max.replace(tzinfo=_UTC)
_DIRECTIVE = re.compile(r"%-?[A-Za-z%]")
_DIGITS = "0123456789"
_TWO_DIGITS = 10
_FOUR_DIGITS = 1_000
_HOUR = datetime.timedelta(hours=1)


def all_indexes(naming: IndexNaming) -> tuple[str, ...]:
    """Return patterns that match every index of a type, and no type's with a longer name."""
    if isinstance(naming, SingleIndexNaming):
        return (naming.base,)
    if any(not _begins_with_digit(date_format) for date_format in naming.date_formats):
        return (f"{naming.base}_*",)
    return tuple(f"{naming.base}_{digit}*" for digit in _DIGITS)


def cover(
    naming: IndexNaming,
    start: datetime.datetime,
    end: datetime.datetime,
    *,
    max_bytes: int = MAX_BYTES,
) -> tuple[str, ...]:
    """Return names and patterns that match every index which can hold a part of a range.

    Args:
        naming: the names of the record type.
        start: first moment, in UTC.
        end: first moment after the range, in UTC; nothing is covered unless it is after `start`.
        max_bytes: most bytes of the result, with a comma after each name. The finest cover that
            fits is taken.

    >>> from djelme.naming import IndexNaming
    >>> daily = IndexNaming("a", Timedepth.DAILY)
    >>> utc = datetime.timezone.utc
    >>> found = cover(daily, datetime.datetime(2026, 10, 29, tzinfo=utc),
    ...     datetime.datetime(2026, 12, 1, tzinfo=utc))
    >>> [name for name in found if not name.endswith(".")]
    ['a_2026', 'a_2026.10', 'a_2026.10.29*', 'a_2026.10.3*', 'a_2026.11*']
    """
    return _cover(naming, start, end, max_bytes) if start < end else ()


@lru_cache(maxsize=256)  # working it out takes as long as a fast search
def _cover(
    naming: IndexNaming, start: datetime.datetime, end: datetime.datetime, max_bytes: int
) -> tuple[str, ...]:
    if isinstance(naming, SingleIndexNaming):
        return all_indexes(naming)
    for padded_depth in range(naming.timedepth, 0, -1):
        for other_depth in (Timedepth.MONTHLY, Timedepth.YEARLY):
            times = itertools.chain(
                _padded("", start, end, Timedepth(padded_depth)),
                _otherwise_written(naming, start, end, other_depth, padded_depth),
            )
            names = _fitting((f"{naming.base}_{time}" for time in times), max_bytes)
            if names is not None:
                return names
    return all_indexes(naming)


def _fitting(names: Iterator[str], max_bytes: int) -> tuple[str, ...] | None:
    """Return names without repetition; None as soon as they are too many."""
    fitting: dict[str, None] = {}
    left = max_bytes
    for name in names:
        if name not in fitting:
            left -= len(name.encode()) + 1
            if left < 0:
                return None
            fitting[name] = None
    return tuple(fitting)


def _padded(
    prefix: str, start: datetime.datetime, end: datetime.datetime, depth: Timedepth
) -> Iterator[str]:
    """Yield the patterns below a prefix of a zero-padded time, digit by digit."""
    span = _span(prefix)
    if span is None or span[0] >= end or span[1] <= start:
        return
    unit = _unit(prefix)
    if (prefix and start <= span[0] and span[1] <= end) or unit == depth:
        yield f"{prefix}*"
        return
    if unit:
        yield prefix  # the index of a whole year, month or day, from when the type had such
    for digit in _DIGITS:
        yield from _padded(f"{prefix}{'.' if unit else ''}{digit}", start, end, depth)


def _unit(prefix: str) -> int:
    """Return how many parts of time a prefix consists of, 0 where its last part is incomplete."""
    parts = prefix.split(".")
    complete = len(parts[-1]) == (_YEAR_DIGITS if len(parts) == 1 else 2)
    return len(parts) if complete else 0


def _span(prefix: str) -> tuple[datetime.datetime, datetime.datetime] | None:
    """Return the first moment of a prefix of a time and the first after it; None for none."""
    *complete, last = prefix.split(".")
    width = 2 if complete else _YEAR_DIGITS
    low, high = int(last.ljust(width, "0")), int(last.ljust(width, "9"))
    given = [int(part) for part in complete]
    least, most = ((1, 9999), (1, _MONTHS), (1, 31), (0, 23))[len(given)]
    first = _moment([*given, max(low, least)])
    last_day = min(high, most)
    while (final := _moment([*given, last_day])) is None and last_day > low:
        last_day -= 1  # the 31st of a month that has none
    if first is None or final is None or first > final:
        return None
    try:
        return first, Timedepth(len(given) + 1).next(final)
    except OverflowError:
        return first, _FOREVER


def _moment(parts: list[int]) -> datetime.datetime | None:
    year, month, day, hour = (*parts, *(1, 1, 1, 0)[len(parts) :])
    try:
        return datetime.datetime(year, month, day, hour, tzinfo=_UTC)
    except ValueError:
        return None


def _otherwise_written(
    naming: IndexNaming,
    start: datetime.datetime,
    end: datetime.datetime,
    depth: Timedepth,
    padded_depth: int,
) -> Iterator[str]:
    """Yield patterns, by year or month, for the forms of time that djelme doesn't write.

    Without some that the patterns of `_padded`, which go down to a depth of their own, match.
    """
    formats = [
        date_format for date_format in naming.date_formats if not _is_padded_form(date_format)
    ]
    moment = depth.floor(start)
    while moment < end:
        year = moment.year
        yield f"{year}."
        if depth is Timedepth.YEARLY:
            yield f"{year}.*."
        else:
            yield from _unpadded_month(moment, start, end, padded_depth)
        for date_format in formats:
            yield _formatted(moment, date_format, depth)
        try:
            moment = depth.next(moment)
        except OverflowError:
            return


def _unpadded_month(
    first: datetime.datetime, start: datetime.datetime, end: datetime.datetime, padded_depth: int
) -> Iterator[str]:
    """Yield patterns for a month, its days and hours, as they are written without padding.

    Years of four digits and numbers of two look as padded ones do. Each star is at the end, where
    Elasticsearch finds what it stands for in its order of names; anywhere else it costs a look at
    every name there is.
    """
    month = f"{first.year}.{first.month}."
    if first.month < _TWO_DIGITS or first.year < _FOUR_DIGITS:
        yield f"{month}*"
        return
    if padded_depth < Timedepth.DAILY or _is_within(first, Timedepth.MONTHLY, start, end):
        return  # padded patterns match the whole month
    yield month
    for number in range(1, calendar.monthrange(first.year, first.month)[1] + 1):
        day = first.replace(day=number)
        if day >= end or Period(day, Timedepth.DAILY).end <= start:
            continue
        if number < _TWO_DIGITS:
            yield f"{month}{number}.*"
        elif padded_depth == Timedepth.HOURLY and not _is_within(day, Timedepth.DAILY, start, end):
            yield f"{month}{number}."
            for hour in range(_TWO_DIGITS):
                if start < day + (hour + 1) * _HOUR and day + hour * _HOUR < end:
                    yield f"{month}{number}.{hour}."


def _is_within(
    first: datetime.datetime, depth: Timedepth, start: datetime.datetime, end: datetime.datetime
) -> bool:
    """Return whether a whole period is in a range."""
    return start <= first and Period(first, depth).end <= end


def _formatted(moment: datetime.datetime, date_format: str, depth: Timedepth) -> str:
    """Return a pattern for what `datetime.strftime` writes within a year or month."""
    known = {"%Y", "%y", "%%"} | ({"%m", "%b", "%B"} if depth is Timedepth.MONTHLY else set())

    def replace(match: re.Match[str]) -> str:
        return format_time(moment, match[0]) if match[0] in known else "*"

    return re.sub(r"\*+", "*", _DIRECTIVE.sub(replace, date_format))


def _is_padded_form(date_format: str) -> bool:
    return date_format in {"%Y", "%Y.%m", "%Y.%m.%d", "%Y.%m.%d.%H"}


def _begins_with_digit(date_format: str) -> bool:
    return date_format[:1].isdigit() or date_format[:2] in {"%Y", "%y", "%m", "%d", "%H", "%j"}
