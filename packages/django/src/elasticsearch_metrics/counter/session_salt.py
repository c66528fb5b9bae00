"""The salts that make session-hour ids opaque: one for each day, the same in every process.

`DJELME_SESSION_SECRET`
    What the salts are derived from; by default Django's ``SECRET_KEY``. Every process and host that
    records needs the same one. Nothing is stored, so nothing can get lost; but whoever has the
    secret can find out, by trying, which session ids a person had, as long as the records exist.
`DJELME_SESSION_SALT_CACHE`
    Alias of one of ``CACHES``, shared by all processes and hosts that record. Each day gets a
    random salt, which only this cache holds, for two days. After that nobody can tell any more
    whose the session ids were. If the cache loses a salt, sessions that go on count as new ones.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import caches
from django.core.signals import setting_changed

from djelme import process
from djelme.errors import ConfigurationError
from djelme.session import derive_salt

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

__all__ = ("salt_cache", "salt_for", "session_secret")

#: How long a random salt exists, in seconds: its day in every process's idea of the time.
SALT_SECONDS = 2 * 24 * 3600
#: How long a process believes in a salt without asking the cache again, in seconds.
_TRUSTED_SECONDS = 60.0
_LEAST_CHARACTERS = 16


def session_secret() -> bytes:
    """Return what the salts are derived from.

    Raises:
        ConfigurationError: if there is nothing fit for it. The message doesn't show it.
    """
    value = getattr(settings, "DJELME_SESSION_SECRET", None)
    name = "SECRET_KEY" if value is None else "DJELME_SESSION_SECRET"
    if value is None:
        value = settings.SECRET_KEY
    if not isinstance(value, (str, bytes)) or (
        name != "SECRET_KEY" and len(value) < _LEAST_CHARACTERS
    ):
        msg = f"{name} should be a str or bytes of at least {_LEAST_CHARACTERS} characters"
        raise ConfigurationError(msg)
    return value.encode() if isinstance(value, str) else value


def salt_cache() -> str | None:
    """Return the alias of the cache for random salts; None to derive salts from the secret.

    Raises:
        ConfigurationError: if there is no such cache.
    """
    alias = getattr(settings, "DJELME_SESSION_SALT_CACHE", None)
    if alias is not None and alias not in settings.CACHES:
        msg = (
            f"DJELME_SESSION_SALT_CACHE should be an alias of CACHES "
            f"({', '.join(map(repr, settings.CACHES))}), not {alias!r}"
        )
        raise ConfigurationError(msg)
    return alias


def salt_for(day: datetime.date) -> bytes:
    """Return the salt of a day in UTC.

    Raises:
        ConfigurationError: if the settings are wrong, or if the cache keeps nothing.
    """
    return _salts.get(day)


class _Salts:
    """Remembers the salts of a few days.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = process.Lock()
        self._known: dict[datetime.date, tuple[bytes, float]] = {}

    def get(self, day: datetime.date) -> bytes:
        """Return the salt of a day in UTC; see `salt_for`."""
        known = self._known.get(day)
        now = self._clock()
        if known is not None and now < known[1]:
            return known[0]
        alias = salt_cache()
        salt = derive_salt(session_secret(), day) if alias is None else _random_salt(alias, day)
        with self._lock.held:
            self._known = {other: entry for other, entry in self._known.items() if now < entry[1]}
            self._known[day] = (salt, now + _TRUSTED_SECONDS)
        return salt

    def forget(self) -> None:
        """Read the settings anew when next asked."""
        with self._lock.held:
            self._known = {}


def _random_salt(alias: str, day: datetime.date) -> bytes:
    cache, key = caches[alias], f"djelme-session-salt-{day.isoformat()}"
    found = cache.get(key)
    if found is None:
        # Of several processes that come here at once, one adds its salt and all use it.
        cache.add(key, secrets.token_hex(32), SALT_SECONDS)
        found = cache.get(key)
    if not isinstance(found, str):
        msg = f"the cache {alias!r} of DJELME_SESSION_SALT_CACHE doesn't keep what it is given"
        raise ConfigurationError(msg)
    return bytes.fromhex(found)


_salts = _Salts()


def _forget_settings(*, setting: str, **_kwargs: object) -> None:
    if setting in {"CACHES", "DJELME_SESSION_SALT_CACHE", "DJELME_SESSION_SECRET", "SECRET_KEY"}:
        _salts.forget()


setting_changed.connect(_forget_settings, dispatch_uid="djelme session salts")
