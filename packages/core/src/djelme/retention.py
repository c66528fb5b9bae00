"""When an index has expired: how long records are kept, and what follows for the index they are in.

Nothing here reads a clock; the present moment is always given.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from djelme.timeparts import to_utc

if TYPE_CHECKING:
    from djelme.naming import Period

__all__ = ("Retention",)

_UTC = datetime.timezone.utc
_BEGINNING = datetime.datetime.min.replace(tzinfo=_UTC)
_FOREVER = datetime.datetime.max.replace(tzinfo=_UTC)


@dataclass(frozen=True)
class Retention:
    """How long the records of a type are kept.

    A record is within its time until `expiration` has passed since its own time. An index expires
    when that is so for every record that its name allows for: when the end of its period, which is
    half-open, is at or before the present moment minus `expiration`. Its timedepth doesn't matter,
    nor does the one that the type has today.

    Attributes:
        expiration: how long; positive.

    >>> from djelme.naming import IndexNaming
    >>> from djelme.timedepth import Timedepth
    >>> period = IndexNaming("a", Timedepth.DAILY).parse("a_2026.11.23")
    >>> week = Retention(datetime.timedelta(days=7))
    >>> week.expiry(period).isoformat()
    '2026-12-01T00:00:00+00:00'
    >>> week.is_expired(period, datetime.datetime(2026, 12, 1, tzinfo=_UTC))
    True
    >>> week.is_expired(period, datetime.datetime(2026, 11, 30, 23, 59, 59, tzinfo=_UTC))
    False
    """

    expiration: datetime.timedelta

    def cutoff(self, now: datetime.datetime) -> datetime.datetime:
        """Return the first moment whose records are still within their time, in UTC.

        Cut to whole milliseconds, as the times of records are: rather too early than too late.

        Args:
            now: the present moment; naive ones are UTC.
        """
        aware = now if now.tzinfo is not None else now.replace(tzinfo=_UTC)
        try:
            return to_utc(aware.astimezone(_UTC) - self.expiration)
        except OverflowError:
            return _BEGINNING

    def expiry(self, period: Period) -> datetime.datetime:
        """Return the first moment at which the index for a period has expired, in UTC.

        The last representable moment stands for never.
        """
        try:
            return period.end + self.expiration
        except OverflowError:
            return _FOREVER

    def is_expired(self, period: Period | None, now: datetime.datetime) -> bool:
        """Return whether the index for a period has expired.

        Args:
            period: what the index's name stands for; None for an index without time, which is never
                over.
            now: the present moment; naive ones are UTC.
        """
        if period is None or period.end == _FOREVER:
            return False
        return period.end <= self.cutoff(now)
