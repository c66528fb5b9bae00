"""A list of hosts of which one is dead: the others get every record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from outage.ledger import check_exactly_once

from djelme_testing.port import unused_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from outage.server import Server

_COUNT = 60


@pytest.mark.usefixtures("every_imp")
@pytest.mark.parametrize("mode", ["direct", "buffered", "durable"])
@pytest.mark.parametrize("first", [True, False], ids=["dead first", "dead last"])
def test_no_record_is_lost_or_refused(
    usage: Any, server: Server, deliver: Callable[..., Any], *, mode: str, first: bool
) -> None:
    """With as many retries as the client has by itself, which takes the next host for one."""
    dead = f"http://127.0.0.1:{unused_port()}"
    hosts = [dead, server.url] if first else [server.url, dead]
    delivery = deliver(mode, hosts=hosts, max_retries=3)
    for item in range(_COUNT):
        usage.record(item_id=item)
    usage.bulk_record({"item_id": _COUNT + item} for item in range(_COUNT))
    assert delivery.flush(60), delivery.stats()
    stats = delivery.stats()
    assert (stats.dead, stats.dropped) == (0, 0)
    check_exactly_once(usage, range(2 * _COUNT))
