"""Keys that hide what they were made of, at the place of django-elasticsearch-metrics 2026.0."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

from elasticsearch_metrics.util.published_name import published_names

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("opaque_key",)

__getattr__ = published_names(
    __name__,
    {},
    gone={
        "opaque_sessionhour_id": "its hash has no salt, so whoever guesses an address can tell "
        "whose it is; let CountedUsageRecord make the id of a session-hour",
    },
)


def opaque_key(key_parts: Iterable[object]) -> str:
    """Return the key of 80 characters that belongs to some values, the same as it always was.

    It is not salted: whoever can guess the values can tell whether a key is theirs. So it is no way
    to hide people; for these there is `elasticsearch_metrics.counter.usage.CountedUsage`.

    Args:
        key_parts: anything that `str` gives a text for, at least one.

    Raises:
        ValueError: if there are none.
    """
    texts = list(map(str, key_parts))
    if not texts:
        msg = "a key needs at least one part"
        raise ValueError(msg)
    digest = hashlib.blake2b(json.dumps(texts).encode())
    return base64.b85encode(digest.digest()).decode("ascii")
