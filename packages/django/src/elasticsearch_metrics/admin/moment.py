"""Write times and lengths of time for the admin pages.

They are in UTC, as records are counted; single moments are said in the site's time zone, too.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from djelme.interval import Interval

__all__ = (
    "ago",
    "day_text",
    "duration_text",
    "local_text",
    "minute_text",
    "period_text",
    "span_text",
    "url_text",
    "zone_name",
)

_FORMATS = {"year": "%Y", "month": "%Y-%m", "hour": "%Y-%m-%d %H:00", "minute": "%Y-%m-%d %H:%M"}
_MONTHS_A_QUARTER = 3
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def minute_text(moment: datetime.datetime) -> str:
    """Return a moment to the minute."""
    return moment.strftime("%Y-%m-%d %H:%M")


def zone_name() -> str:
    """Return the name of the time zone that is active beside UTC; empty if it is UTC."""
    name = timezone.get_current_timezone_name()
    return "" if name in {"UTC", "Etc/UTC"} else name


def local_text(moment: datetime.datetime, *, to_second: bool = False) -> str:
    """Return a moment in the active time zone, with the zone's name; empty if that is UTC.

    Args:
        moment: in UTC.
        to_second: whether to the second, instead of to the minute.
    """
    if not zone_name():
        return ""
    try:
        local = timezone.localtime(moment)
    except (OverflowError, ValueError):
        return ""  # at the end of all times
    return local.strftime("%Y-%m-%d %H:%M:%S %Z" if to_second else "%Y-%m-%d %H:%M %Z")


def day_text(moment: datetime.datetime) -> str:
    """Return a moment as a day, with the time if it isn't midnight.

    >>> day_text(datetime.datetime(2026, 11, 23)), day_text(datetime.datetime(2026, 11, 23, 4))
    ('2026-11-23', '2026-11-23 04:00')
    """
    is_midnight = moment.time() == datetime.time()
    return moment.strftime("%Y-%m-%d") if is_midnight else minute_text(moment)


def span_text(start: datetime.datetime, end: datetime.datetime) -> str:
    """Return a range of time by its first and its last day, or the minute that it ends in.

    >>> span_text(datetime.datetime(2026, 11, 1), datetime.datetime(2026, 12, 1)).split()[-1]
    '2026-11-30'
    """
    is_midnight = end.time() == datetime.time()
    last = day_text(end - datetime.timedelta(days=1)) if is_midnight else minute_text(end)
    return f"{day_text(start)} \N{EN DASH} {last}"


def url_text(moment: datetime.datetime) -> str:
    """Return a moment as forms and URLs have it, exact to the millisecond."""
    if moment.second or moment.microsecond:
        return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return day_text(moment).replace(" ", "T")


def period_text(interval: Interval, start: datetime.datetime) -> str:
    """Return the name of the period that begins at a moment."""
    if interval.name == "quarter":
        return f"{start:%Y}-Q{(start.month - 1) // _MONTHS_A_QUARTER + 1}"
    return start.strftime(_FORMATS.get(interval.name, "%Y-%m-%d"))


def duration_text(seconds: float) -> str:
    """Return a length of time in words, in one unit."""
    # Up to twice a unit, the smaller one tells more.
    if seconds == _DAY or seconds >= 2 * _DAY:
        number = int(seconds // _DAY)
        return ngettext("%(n)d day", "%(n)d days", number) % {"n": number}
    if seconds == _HOUR or seconds >= 2 * _HOUR:
        number = int(seconds // _HOUR)
        return ngettext("%(n)d hour", "%(n)d hours", number) % {"n": number}
    if seconds >= 2 * _MINUTE:
        number = int(seconds // _MINUTE)
        return ngettext("%(n)d minute", "%(n)d minutes", number) % {"n": number}
    number = int(seconds)
    return ngettext("%(n)d second", "%(n)d seconds", number) % {"n": number}


def ago(moment: datetime.datetime, now: datetime.datetime) -> str:
    """Return how long ago a moment was; times to come are "in the future"."""
    seconds = (now - moment).total_seconds()
    if seconds < 0:
        return _("in the future")
    return _("%(duration)s ago") % {"duration": duration_text(seconds)}
