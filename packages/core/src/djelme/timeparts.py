"""Read moments and ranges of time, and write timestamps.

Everything is UTC and has millisecond precision, as Elasticsearch's ``date``.
"""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = (
    "format_timestamp",
    "parse_range",
    "parse_timestamp",
    "parse_when",
    "serialize_timeparts",
    "to_utc",
)

_UTC = datetime.timezone.utc
_MILLISECOND = datetime.timedelta(milliseconds=1)
_RIGHT = (
    'a tuple such as (2026, 11), a date, a datetime, or a str such as "2026-11" or '
    '"2026-11-23T04:05:06Z"'
)
_DOTTED = re.compile(r"\d{1,4}(?:\.\d{1,2}){0,3}\.?")
_ISO = re.compile(
    r"(?P<parts>\d{4}(?:-\d{2}(?:-\d{2}(?:[T ]\d{2}(?::\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?)?)?)?)"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_LEAST = (1, 1, 1, 0, 0, 0, 0)


def to_utc(value: datetime.datetime) -> datetime.datetime:
    """Return a moment in UTC, its fraction of a millisecond cut off; naive ones are UTC."""
    zone = value.tzinfo
    if zone is None:
        value = value.replace(tzinfo=_UTC)
    elif zone is not _UTC:
        value = value.astimezone(_UTC)
    rest = value.microsecond % 1000
    return value.replace(microsecond=value.microsecond - rest) if rest else value


def format_timestamp(value: datetime.datetime) -> str:
    """Return a moment in UTC as Elasticsearch writes it.

    >>> format_timestamp(datetime.datetime(2026, 11, 23, 4, 5, 6, 789000))
    '2026-11-23T04:05:06.789Z'
    """
    return f"{to_utc(value).isoformat(timespec='milliseconds')[:23]}Z"


def serialize_timeparts(parts: Sequence[int], max_timedepth: int | None = None) -> str:
    """Return up to four timeparts as names of indexes and ``cycle_coverage`` have them.

    Args:
        parts: year, month, day and hour; as many as there are.
        max_timedepth: most parts of the result.

    >>> serialize_timeparts((2026, 2, 4))
    '2026.02.04'
    """
    parts = parts[:max_timedepth]
    return ".".join(f"{part:0{4 if place == 0 else 2}d}" for place, part in enumerate(parts))


def parse_when(value: object, *, name: str = "from_when") -> datetime.datetime:
    """Return the moment in UTC at which a tuple, date, datetime or ISO-like string begins.

    A fraction of a millisecond is rounded up: for timestamps of whole milliseconds, "at or after"
    and "before" the result are then the same as for the given moment.

    Args:
        value: the moment.
        name: name of the argument, for messages.

    Raises:
        TypeError: if it is nothing of the kind.
        ValueError: if it is empty or impossible.

    >>> parse_when((2050, 12)).isoformat()
    '2050-12-01T00:00:00+00:00'
    """
    try:
        if isinstance(value, datetime.datetime):
            return _ceil(value)
        if isinstance(value, datetime.date):
            return datetime.datetime(value.year, value.month, value.day, tzinfo=_UTC)
        if isinstance(value, str):
            return _ceil(_parse_text(value))
        if isinstance(value, (tuple, list)):
            return _ceil(_from_parts(value))
    except (ValueError, OverflowError) as error:
        msg = f"{name} should be {_RIGHT}, not {value!r}: {error}"
        raise ValueError(msg) from error
    msg = f"{name} should be {_RIGHT}, not {value!r}"
    raise TypeError(msg)


def parse_timestamp(text: str) -> datetime.datetime:
    """Return the moment in UTC that a stored timestamp in ISO 8601 stands for.

    A fraction of a millisecond is cut off, as Elasticsearch does when it indexes a ``date``.

    Raises:
        ValueError: if it is no timestamp.

    >>> parse_timestamp("2026-11-23T04:05:06.789999+02:00").isoformat()
    '2026-11-23T02:05:06.789000+00:00'
    """
    return to_utc(_parse_text(text))


def parse_range(
    from_when: object, until_when: object
) -> tuple[datetime.datetime, datetime.datetime]:
    """Return the bounds of a half-open range of time, in UTC.

    Raises:
        TypeError: if a bound is nothing that `parse_when` reads.
        ValueError: if a bound is impossible, or the range ends before it begins.
    """
    start = parse_when(from_when, name="from_when")
    end = parse_when(until_when, name="until_when")
    if start > end:
        msg = f"from_when ({from_when!r}) should not be after until_when ({until_when!r})"
        raise ValueError(msg)
    return start, end


def _ceil(value: datetime.datetime) -> datetime.datetime:
    floored = to_utc(value)
    return floored + _MILLISECOND if value.microsecond % 1000 else floored


def _from_parts(parts: tuple[object, ...] | list[object]) -> datetime.datetime:
    if not 1 <= len(parts) <= len(_LEAST):
        msg = f"it has {len(parts)} parts instead of one to seven"
        raise ValueError(msg)
    numbers = [part for part in parts if isinstance(part, int) and not isinstance(part, bool)]
    if len(numbers) != len(parts):
        msg = f"its parts should be int, not {tuple(type(part).__name__ for part in parts)}"
        raise ValueError(msg)
    year, month, day, hour, minute, second, micro = (*numbers, *_LEAST[len(numbers) :])
    return datetime.datetime(year, month, day, hour, minute, second, micro, tzinfo=_UTC)


def _parse_text(text: str) -> datetime.datetime:
    if _DOTTED.fullmatch(text) and "." in text:
        return _from_parts(tuple(int(part) for part in text.rstrip(".").split(".")))
    match = _ISO.fullmatch(text)
    if match is None or (match["zone"] and "T" not in text and " " not in text):
        _fail_text()
    parts = re.split(r"[-T :]", re.split(r"[.,]", match["parts"])[0])
    moment = _from_parts(tuple(map(int, parts)))
    fraction = re.search(r"[.,](\d+)$", match["parts"])
    if fraction is not None:
        nanoseconds = int(fraction[1].ljust(9, "0"))
        moment += datetime.timedelta(microseconds=-(-nanoseconds // 1000))  # rounded up
    zone = match["zone"]
    if zone and zone != "Z":
        minutes = int(zone[1:3]) * 60 + int(zone[-2:])
        moment -= datetime.timedelta(minutes=minutes if zone[0] == "+" else -minutes)
    return moment


def _fail_text() -> NoReturn:
    msg = "it is no date or time in the form of ISO 8601"
    raise ValueError(msg)
