from __future__ import annotations

from typing import Any

import pytest

from djelme.delivery import DeliveryStats
from elasticsearch_metrics.admin.health import DeliveryHealth, delivery_health
from elasticsearch_metrics.delivery.spool_status import SpoolStatus


@pytest.mark.parametrize(
    ("stats", "spool", "state", "words"),
    [
        ({}, {}, "good", "nothing is wrong"),
        ({"queued": 3, "lag": 0.5}, {}, "good", "nothing is wrong"),
        ({"last_error": "refused"}, {}, "waiting", "records wait: refused"),
        ({}, {"lag": 60.0}, "waiting", "records wait"),
        ({"dead": 1}, {}, "bad", "records were refused for good or dropped"),
        ({"dropped": 1}, {}, "bad", "records were refused for good or dropped"),
        ({}, {"dead": 1}, "bad", "records were refused for good or dropped"),
        ({}, {"error": "no permission"}, "bad", "the spool is in trouble: no permission"),
    ],
)
def test_what_is_said_of_delivery(
    stats: dict[str, Any], spool: dict[str, Any], state: str, words: str
) -> None:
    health = DeliveryHealth(DeliveryStats(**stats), SpoolStatus("main", "durable", **spool))
    assert (health.state, health.words) == (state, words)


@pytest.mark.parametrize(
    ("mode", "state", "words"),
    [
        ("direct", "bad", "nothing can be recorded: the backend does not answer"),
        ("buffered", "waiting", "records wait"),
        ("durable", "waiting", "records wait"),
    ],
)
def test_delivery_to_a_backend_that_is_away(mode: str, state: str, words: str) -> None:
    health = DeliveryHealth(DeliveryStats(), SpoolStatus("main", mode), is_away=True)
    assert (health.state, health.words) == (state, words)


def test_what_waits_is_counted_once() -> None:
    # The spool of the host has the records of this process, too.
    spool = SpoolStatus("main", "durable", lag=90.0, dead=2)
    health = DeliveryHealth(DeliveryStats(queued=1, spooled=4, dead=2, lag=5.0), spool)
    assert (health.waiting, health.dead, health.lag) == (5, 2, "90 seconds")


def test_direct_delivery_has_nothing_waiting() -> None:
    health = delivery_health("main")
    assert health.spool.mode == "direct"
    assert (health.state, health.waiting, health.lag) == ("good", 0, "")
