"""How finely a type's records are spread over indexes."""

from __future__ import annotations

import datetime
from enum import IntEnum

__all__ = ("DAILY", "HOURLY", "MONTHLY", "YEARLY", "Timedepth")


class Timedepth(IntEnum):
    """How many parts of time the name of an index has."""

    YEARLY = 1
    MONTHLY = 2
    DAILY = 3
    HOURLY = 4

    @classmethod
    def parse(cls, value: object) -> Timedepth:
        """Return the timedepth for a number from 1 to 4 or a name such as ``"daily"``.

        Raises:
            TypeError: if the value is neither an int nor a str.
            ValueError: if there is no such timedepth.

        >>> Timedepth.parse(2)
        <Timedepth.MONTHLY: 2>
        >>> Timedepth.parse("daily")
        <Timedepth.DAILY: 3>
        """
        right = "1 (yearly), 2 (monthly), 3 (daily) or 4 (hourly)"
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            msg = f"a timedepth should be {right}, not {value!r}"
            raise TypeError(msg)
        try:
            return cls[value.upper()] if isinstance(value, str) else cls(value)
        except (KeyError, ValueError):
            msg = f"a timedepth should be {right}, not {value!r}"
            raise ValueError(msg) from None

    def floor(self, when: datetime.datetime) -> datetime.datetime:
        """Return the start of the period that holds a moment given in UTC."""
        return datetime.datetime(
            when.year,
            when.month if self >= Timedepth.MONTHLY else 1,
            when.day if self >= Timedepth.DAILY else 1,
            when.hour if self >= Timedepth.HOURLY else 0,
            tzinfo=datetime.timezone.utc,
        )

    def next(self, start: datetime.datetime) -> datetime.datetime:
        """Return the start of the period after the one that begins at `start`.

        Raises:
            OverflowError: after the end of the year 9999.
        """
        if self is Timedepth.HOURLY:
            return start + datetime.timedelta(hours=1)
        if self is Timedepth.DAILY:
            return start + datetime.timedelta(days=1)
        months = 1 if self is Timedepth.MONTHLY else 12
        years, month = divmod(start.month - 1 + months, 12)
        if start.year + years > datetime.MAXYEAR:
            msg = "there is no period after the year 9999"
            raise OverflowError(msg)
        return start.replace(year=start.year + years, month=month + 1)


YEARLY = Timedepth.YEARLY
MONTHLY = Timedepth.MONTHLY
DAILY = Timedepth.DAILY
HOURLY = Timedepth.HOURLY
