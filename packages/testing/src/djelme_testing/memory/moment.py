"""Moments, as fields of the type ``date`` have them: milliseconds since 1970 in UTC."""

from __future__ import annotations

import datetime
import re
from typing import Any

from djelme.timedepth import Timedepth
from djelme_testing.memory.refusal import NotInMemoryError, Refusal

__all__ = ("format_moment", "moment_of", "parse_moment")

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MILLISECOND = datetime.timedelta(milliseconds=1)
_ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?:(?P<hour>\d\d)"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?)?"
    r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?)?)?"
)
_STEPS = {"minute": 3_600_000, "second": 60_000, "fraction": 1_000}


def parse_moment(value: Any, *, upper: bool = False) -> int:
    """Return a moment in milliseconds since 1970.

    Args:
        value: ISO 8601, at least a year; or such a number.
        upper: whether parts that aren't told mean their last moment in place of their first.

    Raises:
        Refusal: if it is no moment.
        NotInMemoryError: if it has to be worked out, such as ``now-1d``.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and (value.startswith("now") or "||" in value):
        msg = f"the date arithmetic of {value!r}"
        raise NotInMemoryError(msg)
    found = _ISO.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            return int(value)
        raise Refusal(400, "parse_exception", f"failed to parse date field [{value}]")
    parts = found.groupdict()
    try:
        year, month, day = (int(parts[name] or 1) for name in ("year", "month", "day"))
        hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
        zone = _zone(parts["zone"])
        start = datetime.datetime(year, month, day, hour, minute, second, tzinfo=zone)
        milliseconds = (start - _EPOCH) // _MILLISECOND
    except (OverflowError, ValueError) as error:
        reason = f"failed to parse date field [{value}]: {error}"
        raise Refusal(400, "parse_exception", reason) from error
    milliseconds += int((parts["fraction"] or "0").ljust(3, "0")[:3])
    return milliseconds + _length(parts, start) - 1 if upper else milliseconds


def format_moment(milliseconds: int) -> str:
    """Return a moment as Elasticsearch writes it.

    >>> format_moment(1_000)
    '1970-01-01T00:00:01.000Z'
    """
    moment = moment_of(milliseconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1_000:03}Z".rjust(24, "0")


def moment_of(milliseconds: int) -> datetime.datetime:
    """Return a moment as a datetime in UTC."""
    return _EPOCH + milliseconds * _MILLISECOND


def _zone(text: str | None) -> datetime.timezone:
    if text is None or text == "Z":
        return datetime.timezone.utc
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > len("+00") else 0
    shift = datetime.timedelta(hours=hours, minutes=minutes)
    return datetime.timezone(-shift if text[0] == "-" else shift)


def _length(parts: dict[str, str | None], start: datetime.datetime) -> int:
    """Return the length of what the parts of a time mean, in milliseconds."""
    for name, depth in (
        ("month", Timedepth.YEARLY),
        ("day", Timedepth.MONTHLY),
        ("hour", Timedepth.DAILY),
    ):
        if parts[name] is None:
            try:
                return (depth.next(start) - start) // _MILLISECOND
            except OverflowError:  # the last year that there is
                end = datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)
                return (end - start) // _MILLISECOND + 1
    return next((length for name, length in _STEPS.items() if parts[name] is None), 1)
