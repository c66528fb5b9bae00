"""Who a request is from, as far as counting goes: the one place that decides it.

What tells a reader has to be the same for all requests of an hour, or one reader counts as several
(COUNTER Code of Practice, Release 5.1, section 7.3). So it is

- the user, if the request carries a session of somebody who has logged in, whether or not the view
  looks at it;
- else the address and the user agent, which the first request has like all others. A session's
  cookie is no part of it: the first request has none, a login gives another one, and with
  ``signed_cookies`` each change of the session does.

A reader who logs in goes on as they were until the hour is over, if their session can tell: where a
view whose usage was recorded changed the session before the login.

Sessions are looked up without being marked as accessed, so that responses don't vary by cookie for
it, and nothing is written but that mark, into sessions that are saved anyway.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY

from elasticsearch_metrics.recordtype.timeseries import utcnow

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ("request_identity",)

#: In a session: the last hour in which usage was recorded before anybody had logged in.
_HOUR_KEY = "_djelme_anonymous_hour"
#: Stands for the address of a request that has none, as over a Unix socket.
_NOWHERE = "-"


def request_identity(request: HttpRequest) -> dict[str, str]:
    """Return what tells the session of a request, as `CountedUsage` takes it.

    It may ask the session's store, which blocks, but changes nothing that the response depends on.
    """
    identity = {
        "request_host": request.META.get("REMOTE_ADDR") or _NOWHERE,
        "request_useragent": request.META.get("HTTP_USER_AGENT", ""),
    }
    session = _session(request)
    if session is None:
        return identity
    hour = f"{utcnow():%Y-%m-%dT%H}"
    user_id = session.get(SESSION_KEY)
    if user_id is None:
        if session.modified:
            session[_HOUR_KEY] = hour
    elif session.get(_HOUR_KEY) != hour:
        identity["user_id"] = str(user_id)
    return identity


def _session(request: HttpRequest) -> Any:
    """Return the session of a request, or a copy to look into; None if it carries none."""
    session = getattr(request, "session", None)
    if session is None or session.accessed:
        return session
    # Only the copy is loaded, so the response is as it would be if nobody had asked.
    return copy.copy(session) if settings.SESSION_COOKIE_NAME in request.COOKIES else None
