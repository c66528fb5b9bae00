"""Moments, as fields of the type ``date`` have them: milliseconds since 1970 in UTC."""

from __future__ import annotations

import datetime
import re
from typing import Any

from djelme_testing.memory.refusal import Refusal

__all__ = ("format_moment", "moment_of", "parse_moment")

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MILLISECOND = datetime.timedelta(milliseconds=1)
_ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?:(?P<hour>\d\d)"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?)?"
    r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?)?)?"
)
_LAST = {"hour": 23, "minute": 59, "second": 59}


def parse_moment(value: Any, *, upper: bool = False) -> int:
    """Return a moment in milliseconds since 1970.

    Args:
        value: ISO 8601, at least a year; or such a number.
        upper: whether hours, minutes and what is below them mean their last moment where they
            aren't told, in place of their first. Months and days mean their first in any case.

    Raises:
        Refusal: if it is no moment.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _ISO.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            return int(value)
        raise Refusal(400, "parse_exception", f"failed to parse date field [{value}]")
    parts = found.groupdict()
    try:
        year, month, day = (int(parts[name] or 1) for name in ("year", "month", "day"))
        hour, minute, second = (
            int(parts[name] or (last if upper else 0)) for name, last in _LAST.items()
        )
        zone = _zone(parts["zone"])
        start = datetime.datetime(year, month, day, hour, minute, second, tzinfo=zone)
        milliseconds = (start - _EPOCH) // _MILLISECOND
    except (OverflowError, ValueError) as error:
        reason = f"failed to parse date field [{value}]: {error}"
        raise Refusal(400, "parse_exception", reason) from error
    fraction = parts["fraction"] or ("999" if upper else "0")
    return milliseconds + int(fraction.ljust(3, "0")[:3])


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
