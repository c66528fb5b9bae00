"""A new day whose index can't be made: records wait for a repair, and are no dead letters."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import BackendRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from djelme_testing.conformance import Site

_LIMIT = "cluster.max_shards_per_node"
_TODAY = datetime.datetime.now(datetime.timezone.utc)
_NEW_DAY = _TODAY + datetime.timedelta(days=2)


def _limit(usage: Any, limit: int | None) -> None:
    body = {"transient": {_LIMIT: limit}}
    usage.get_backend().request("PUT", "/_cluster/settings", body=body)


@pytest.mark.parametrize("mode", ["direct", "buffered", "durable"])
def test_the_limit_of_shards(usage: Any, deliver: Callable[..., Any], mode: str) -> None:
    """Version 6 only warns of it, so this is about the first imp, which is of a later one."""
    usage.record(item_id=2)
    delivery = deliver(mode)
    _limit(usage, 1)
    try:
        _require_waiting(usage, usage, delivery, mode, "maximum normal shards open")
    finally:
        _limit(usage, None)
    _require_all(usage, delivery, mode)


@pytest.mark.usefixtures("every_imp")
@pytest.mark.parametrize("mode", ["direct", "buffered", "durable"])
def test_a_template_that_makes_no_index(
    site: Site, usage: Any, deliver: Callable[..., Any], mode: str
) -> None:
    """Its alias has the name of an index, which is found out when an index is made."""
    taken = site.name("outage-taken")

    @site.set_up
    class Spoilt:
        item_id: int

        class Index:
            aliases = {taken: {}}  # noqa: RUF012 - as sites write it

    usage.get_backend().request("PUT", f"/{taken}")
    delivery = deliver(mode)
    _require_waiting(usage, Spoilt, delivery, mode, taken)
    usage.get_backend().delete_indexes([taken])
    _require_all(Spoilt, delivery, mode)


def _require_waiting(usage: Any, spoilt: Any, delivery: Any, mode: str, reason: str) -> None:
    """Record what has an index, and on a day that gets none."""
    if mode == "direct":
        with pytest.raises(BackendRefusedError, match=reason):
            spoilt.record(item_id=3, timestamp=_NEW_DAY)
        usage.record(item_id=2)
        return
    spoilt.record(item_id=3, timestamp=_NEW_DAY)
    usage.record(item_id=2)
    assert not delivery.flush(2)
    stats = delivery.stats()
    assert (stats.dead, stats.dropped, stats.queued + stats.spooled) == (0, 0, 1)
    assert reason in stats.last_error
    usage.refresh()
    assert 2 in {hit.item_id for hit in usage.search()}


def _require_all(spoilt: Any, delivery: Any, mode: str) -> None:
    """Find each record once, after the repair; what direct delivery refused can be recorded now."""
    if mode == "direct":
        spoilt.record(item_id=3, timestamp=_NEW_DAY)
    else:
        assert delivery.flush(60), delivery.stats()
        assert delivery.stats().dead == 0
    spoilt.refresh()
    assert [hit.timestamp.date() for hit in spoilt.search() if hit.item_id == 3] == [
        _NEW_DAY.date()
    ]
