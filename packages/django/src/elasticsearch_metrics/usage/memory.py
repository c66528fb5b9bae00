"""Remember the usage of items in Django's cache, also for the time when the cluster is away."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from django.core.cache import caches

from elasticsearch_metrics.usage.setting import usage_cache

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djelme.contracts import Backend
    from elasticsearch_metrics.usage.figure import Usage
    from elasticsearch_metrics.usage.question import Question

__all__ = ("is_away", "note_away", "recall", "remember")

#: How long usage is kept, in seconds, for the time when the cluster is away.
_KEPT = 7 * 24 * 60 * 60
#: How long a backend that didn't answer isn't asked again, in seconds.
_PAUSE = 5.0
#: Until when backends aren't asked, in seconds of the monotonic clock.
_away: WeakKeyDictionary[Backend, float] = WeakKeyDictionary()


def recall(question: Question, values: Iterable[str | int]) -> dict[str | int, Usage]:
    """Return what is remembered of some items, by item."""
    keys = {_key(question, value): value for value in values}
    found: dict[str, Usage] = caches[usage_cache()].get_many(keys)
    return {keys[key]: usage for key, usage in found.items()}


def remember(question: Question, usages: Mapping[str | int, Usage]) -> None:
    """Remember the usage of some items."""
    entries = {
        _key(question, value): replace(usage, is_stale=False) for value, usage in usages.items()
    }
    caches[usage_cache()].set_many(entries, _KEPT)


def is_away(backend: Backend) -> bool:
    """Return whether a backend didn't answer a moment ago, so that asking it would only take time.

    A page with many boxes waits once for a cluster that hangs, not once for each of them.
    """
    return time.monotonic() < _away.get(backend, 0.0)


def note_away(backend: Backend) -> None:
    """Remember in this process that a backend didn't answer."""
    _away[backend] = time.monotonic() + _PAUSE


def _key(question: Question, value: str | int) -> str:
    text = repr((question.key, value)).encode()
    return f"djelme:usage:2:{hashlib.sha256(text).hexdigest()}"
