"""Compare what was acknowledged with what is stored."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ("check_exactly_once", "stored_items", "until")

_MOST = 500_000
#: How long anything may take that has no bound of its own: machines may be slow.
_TIMEOUT = 120.0


def stored_items(recordtype: Any) -> dict[int, int]:
    """Return the items that are stored, with the number of documents of each."""
    recordtype.refresh()
    pattern = recordtype.get_timeseries_template_pattern()
    found = recordtype.get_backend().aggregate(
        (pattern,), {"items": {"terms": {"field": "item_id", "size": _MOST}}}
    )
    counts = (
        {
            int(bucket["key"]): int(bucket["doc_count"])
            for bucket in found.results["items"]["buckets"]
        }
        if found.results
        else {}
    )
    assert sum(counts.values()) == found.total, f"{found.total:,} are too many for one answer"
    return counts


def check_exactly_once(recordtype: Any, acknowledged: Collection[int], *, unsaid: int = 0) -> None:
    """Check that each acknowledged item is stored once, and nothing else is.

    Args:
        recordtype: the record type.
        acknowledged: the items for which `record()` returned.
        unsaid: how many more there may be: a process that is killed has recorded, perhaps, one
            that it had no time to tell.
    """
    stored = stored_items(recordtype)
    doubled = sorted(item for item, count in stored.items() if count > 1)
    assert not doubled, f"stored more than once: {doubled[:20]}"
    expected = set(acknowledged)
    assert len(expected) == len(acknowledged), "each item is to be recorded once"
    missing = sorted(expected - stored.keys())
    assert not missing, f"{len(missing)} of {len(expected)} are missing: {missing[:20]}"
    others = sorted(stored.keys() - expected)
    assert len(others) <= unsaid, f"nobody has acknowledged {others[:20]}"


def until(condition: Callable[[], Any], what: str) -> None:
    """Wait until something happens; a server that was away may need a while to answer."""
    end = time.monotonic() + _TIMEOUT
    while True:
        with contextlib.suppress(BackendError):
            if condition():
                return
        assert time.monotonic() < end, f"{what}: it didn't happen"
        time.sleep(0.05)
