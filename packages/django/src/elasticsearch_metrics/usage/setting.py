"""Read what is said of usage in the settings.

`DJELME_USAGE`
    ``{record type's label: {"item": field, …}}``, such as ``{"shop.UsageRecord": {"item":
    "item_id", "action": "action", "public": True}}``: which fields tell items, actions and
    sessions, and what the public endpoints give and take.
`DJELME_USAGE_CACHE`
    The cache that remembers usage, one of ``CACHES``; default "default".
`DJELME_BEACON_RATE`
    How many records a minute a browser's address may send; default 60.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from djelme.errors import ConfigurationError
from djelme.suggestion import suggestion
from elasticsearch_metrics.counter.usage import IDENTITY_NAMES, CountedUsage
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = (
    "UsageSettings",
    "beacon_rate",
    "public_usage_settings",
    "usage_cache",
    "usage_settings",
    "usage_settings_of",
)

_SHAPE = '{"shop.UsageRecord": {"item": "item_id", "public": True}}'
_NAMES = ("item", "action", "unique", "public", "beacon", "origins")
#: What a browser can't say: it is taken from the request.
_OF_REQUEST = frozenset({*IDENTITY_NAMES, "sessionhour_id", "is_robot"})
_ORIGIN = re.compile(r"https?://[^/\s?#]+")
_RATE = 60


@dataclass(frozen=True)
class UsageSettings:
    """How the usage of one record type is counted and shown.

    Attributes:
        item: name of the field that tells items; empty if it isn't said.
        action: name of the field that tells actions, such as views and downloads; empty for none.
        unique: name of the field that tells sessions; empty for none.
        public: whether everybody may ask for it.
        beacon: names of the fields that browsers may send; none if they may send no record.
        origins: origins of other sites whose pages may ask or send, as in
            ``"https://shop.example"``; ``"*"`` lets all of them ask.
    """

    item: str = ""
    action: str = ""
    unique: str = ""
    public: bool = False
    beacon: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()


def usage_settings() -> dict[str, UsageSettings]:
    """Return the entries of ``DJELME_USAGE`` by the labels of record types.

    Raises:
        ConfigurationError: if the setting doesn't have its shape.
    """
    value = getattr(settings, "DJELME_USAGE", {})
    if not isinstance(value, Mapping):
        msg = f"DJELME_USAGE should be a dict like {_SHAPE}, not {type(value).__name__}"
        raise ConfigurationError(msg)
    return {label: _entry(label, entry) for label, entry in value.items()}


def usage_settings_of(recordtype: type[RecordType]) -> UsageSettings:
    """Return what is said of a record type, with the fields that those of COUNTER have anyway.

    Raises:
        ConfigurationError: if the setting doesn't have its shape.
    """
    label = recordtype.djelme.label.lower()
    known = {name.lower(): found for name, found in usage_settings().items()}
    found = known.get(label, UsageSettings())
    if not issubclass(recordtype, CountedUsage):
        return found
    return UsageSettings(
        found.item or "item_iri",
        found.action,
        found.unique or "sessionhour_id",
        found.public,
        found.beacon,
        found.origins,
    )


def public_usage_settings(label: str) -> tuple[type[Any], UsageSettings] | None:
    """Return a record type and what is said of it; None if the setting doesn't name it.

    Args:
        label: the record type's label, in any case.

    Raises:
        ConfigurationError: if the setting doesn't have its shape, or there is no such type.
    """
    if label.lower() not in {name.lower() for name in usage_settings()}:
        return None
    try:
        recordtype = djelme_registry.get_recordtype(label)
    except LookupError as error:
        msg = f"DJELME_USAGE[{label!r}]: {error.args[0]}"
        raise ConfigurationError(msg) from error
    return recordtype, usage_settings_of(recordtype)


def usage_cache() -> str:
    """Return ``DJELME_USAGE_CACHE``.

    Raises:
        ConfigurationError: if there is no such cache.
    """
    alias = getattr(settings, "DJELME_USAGE_CACHE", "default")
    if not isinstance(alias, str) or alias not in settings.CACHES:
        msg = f"DJELME_USAGE_CACHE should be one of CACHES, not {alias!r}"
        raise ConfigurationError(msg)
    return alias


def beacon_rate() -> int:
    """Return ``DJELME_BEACON_RATE``.

    Raises:
        ConfigurationError: if it is no whole number above zero.
    """
    value = getattr(settings, "DJELME_BEACON_RATE", _RATE)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        msg = f"DJELME_BEACON_RATE should be a whole number from 1 on, not {value!r}"
        raise ConfigurationError(msg)
    return value


def _entry(label: object, entry: object) -> UsageSettings:
    where = f"DJELME_USAGE[{label!r}]"
    if not isinstance(label, str) or not isinstance(entry, Mapping):
        msg = f"{where}: it should be the label of a record type and a dict, as in {_SHAPE}"
        raise ConfigurationError(msg)
    for name in entry:
        if name not in _NAMES:
            hint = suggestion(str(name), _NAMES) or f"there are {', '.join(_NAMES)}"
            msg = f"{where}: there is no option {name!r}; {hint}"
            raise ConfigurationError(msg)
    public = entry.get("public", False)
    if not isinstance(public, bool):
        msg = f"{where}: 'public' should be True or False, not {public!r}"
        raise ConfigurationError(msg)
    item, action, unique = (
        _field(where, name, entry.get(name, "")) for name in ("item", "action", "unique")
    )
    beacon, origins = (_strings(where, name, entry.get(name, ())) for name in ("beacon", "origins"))
    for name in beacon:
        if name in _OF_REQUEST:
            msg = f"{where}: 'beacon' can't have {name!r}: who it was is taken from the request"
            raise ConfigurationError(msg)
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            msg = f"{where}: 'origins' should be such as 'https://shop.example', not {origin!r}"
            raise ConfigurationError(msg)
    return UsageSettings(item, action, unique, public, beacon, origins)


def _field(where: str, name: str, given: object) -> str:
    if isinstance(given, str):
        return given
    msg = f"{where}: {name!r} should be the name of a field, not {given!r}"
    raise ConfigurationError(msg)


def _strings(where: str, name: str, given: object) -> tuple[str, ...]:
    if isinstance(given, (list, tuple)) and all(isinstance(found, str) for found in given):
        return tuple(given)
    msg = f"{where}: {name!r} should be a list of str, not {given!r}"
    raise ConfigurationError(msg)
