"""Sessions and clicks as COUNTER counts them, without keeping who it was.

The rules are those of the COUNTER Code of Practice, Release 5.1: sections 7.2 (double-click
filtering) and 7.3 (sessions of one hour, from a user id, a cookie, or address and user agent).
"""

from __future__ import annotations

import base64
import datetime
import hmac
import json
from typing import TYPE_CHECKING, NamedTuple

from djelme.timeparts import to_utc

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

__all__ = (
    "DOUBLE_CLICK_MILLISECONDS",
    "Click",
    "click_window",
    "derive_salt",
    "milliseconds",
    "session_parts",
    "sessionhour_id",
    "superseded_clicks",
)

#: Longest time between the two clicks of a double-click, in milliseconds (section 7.2).
DOUBLE_CLICK_MILLISECONDS = 30_000

_ID_BYTES = 18
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MILLISECOND = datetime.timedelta(milliseconds=1)


def derive_salt(secret: bytes, day: datetime.date) -> bytes:
    """Return the salt of one day (in UTC), which nobody can tell without the secret.

    Every process and host with the same secret comes to the same salt without talking to others.
    """
    return hmac.digest(secret, f"djelme session-hour salt {day.isoformat()}".encode(), "sha256")


def session_parts(
    *,
    user_id: str = "",
    client_session_id: str = "",
    request_host: str = "",
    request_useragent: str = "",
) -> tuple[str, ...] | None:
    """Return what tells a user's session from others, by the best of what is known.

    In the order of preference: the user id, the id of the client's session or cookie, the address
    together with the user agent, or the one of the two that is known. Each has a mark of its kind,
    so that the user "a" and the cookie "a" are two sessions.

    Returns:
        None if nothing of it is known.
    """
    if user_id:
        return ("user", user_id)
    if client_session_id:
        return ("client", client_session_id)
    if request_host or request_useragent:
        return ("host", request_host, request_useragent)
    return None


def sessionhour_id(parts: tuple[str, ...], when: datetime.datetime, salt: bytes) -> str:
    """Return the opaque id, of 24 characters, of a session in one hour of UTC.

    It can't be traced back without the salt, and ids of different hours can't be linked.

    Args:
        parts: from `session_parts`.
        when: a moment of the session; naive ones are UTC.
        salt: of the day.
    """
    hour = to_utc(when).strftime("%Y-%m-%dT%H")
    message = json.dumps([hour, *parts]).encode()
    digest = hmac.digest(salt, message, "sha256")
    return base64.urlsafe_b64encode(digest[:_ID_BYTES]).decode()


def click_window(when: datetime.datetime) -> int:
    """Return the number of the window of 30 seconds (since 1970) that a moment is in.

    All clicks of a session on one item within a window are one: none is more than 30 seconds
    before the next. Only clicks in neighbouring windows can be double-clicks as well. The first and
    the last click of a window may belong to different pairs, so the last one alone tells too little
    of what is before it.

    >>> utc = datetime.timezone.utc
    >>> first = click_window(datetime.datetime(2026, 11, 23, 10, 1, 0, tzinfo=utc))
    >>> click_window(datetime.datetime(2026, 11, 23, 10, 1, 29, tzinfo=utc)) - first
    0
    """
    return milliseconds(when) // DOUBLE_CLICK_MILLISECONDS


def milliseconds(when: datetime.datetime) -> int:
    """Return the whole milliseconds since 1970 of a moment."""
    return (to_utc(when) - _EPOCH) // _MILLISECOND


class Click(NamedTuple):
    """One click, as far as counting is concerned.

    Attributes:
        key: session and item; clicks with different keys are never double-clicks.
        moment: milliseconds since 1970.
        reference: whatever tells the caller which one it is.
    """

    key: Hashable
    moment: int
    reference: object


def superseded_clicks(clicks: Iterable[Click]) -> Iterator[Click]:
    """Yield the clicks that don't count because the next one follows within 30 seconds.

    Of two clicks in succession the first is removed and the second retained; a series of them, each
    within 30 seconds of the one before, leaves only its last one (section 7.2).

    Holds the last click of each key within 30 seconds, whatever the number of clicks.

    Args:
        clicks: in the order of their moments, whatever their keys.
    """
    last: dict[Hashable, Click] = {}  # in the order of their moments, as a key moves to the end
    for click in clicks:
        while last:
            oldest = next(iter(last.values()))
            if click.moment - oldest.moment <= DOUBLE_CLICK_MILLISECONDS:
                break
            del last[oldest.key]
        earlier = last.pop(click.key, None)
        if earlier is not None:
            yield earlier
        last[click.key] = click
