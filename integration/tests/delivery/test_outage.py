"""Servers that are killed, away, or silent."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from outage.ledger import check_exactly_once, stored_items, until
from outage.stream import Stream

from djelme.delivery.spool_report import inspect_spool
from djelme.errors import BackendUnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from outage.program import Program
    from outage.server import Server

    Start = Callable[..., Program]
    Deliver = Callable[..., Any]

BOTH = pytest.mark.parametrize("mode", ["buffered", "durable"])


@pytest.mark.usefixtures("every_imp")
def test_a_server_is_killed_and_restarted(
    *,
    usage: Any,
    start: Start,
    deliver: Deliver,
    server: Server,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Case 2: buffered in this process and durable in another one, at the same time."""
    delivery = deliver("buffered", djelme_spool_dir=str(tmp_path / "buffered"))
    program = start("stream", 1)
    program.wait_for(100)
    with Stream(usage, 0) as stream:
        stream.wait_for_more(100)
        with server.killed():
            stream.wait_for_more(100)
            program.wait_for(len(program.acknowledged) + 100)
            until(lambda: delivery.stats().last_error, "the end of the server")
            assert delivery.stats().lag > 0
        stream.wait_for_more(50)
        program.wait_for(len(program.acknowledged) + 50)
    assert delivery.flush(120), delivery.stats()
    acknowledged = stream.acknowledged + program.kill()
    assert deliver("durable").flush(120)
    check_exactly_once(usage, acknowledged, unsaid=1)
    assert "'main' takes no records, which wait" in caplog.text
    assert "'main' takes records again" in caplog.text
    assert (delivery.stats().dead, delivery.stats().dropped) == (0, 0)


@pytest.mark.usefixtures("every_imp")
def test_a_server_that_is_away_at_the_start(
    usage: Any, start: Start, deliver: Deliver, server: Server, spool_dir: Path
) -> None:
    """Cases 3 and 4: away for the whole life of one process, and for the start of another one."""
    with server.killed():
        short = start("stream", 1, 0, 100)
        lasting = start("stream", 2)
        acknowledged = short.finish()
        assert len(acknowledged) == 100
        lasting.wait_for(100)
        assert inspect_spool(spool_dir, "main").records >= 200
    until(lambda: set(lasting.acknowledged[:100]) <= stored_items(usage).keys(), "the delivery")
    acknowledged += lasting.kill()
    deliver("durable")
    said = io.StringIO()
    call_command("djelme_spool", "flush", "--timeout=120", stdout=said)
    assert " 0 wait" in said.getvalue()
    check_exactly_once(usage, acknowledged, unsaid=1)


@BOTH
@pytest.mark.usefixtures("every_imp")
def test_a_silent_server_holds_up_nobody(
    mode: str, imp: str, usage: Any, deliver: Deliver, server: Server
) -> None:
    """Case 5: records are taken while a request gets no answer and its time-out isn't over."""
    timeout = "timeout" if imp.endswith("6") else "request_timeout"
    delivery = deliver(mode, djelme_queue_max=100, **{timeout: 60})
    usage.record(item_id=0)
    assert delivery.flush(60)
    with server.frozen():
        for number in range(1, 300):
            usage.record(item_id=number)
        stats = delivery.stats()
        assert (stats.sent, stats.last_error) == (1, "")
        assert stats.queued + stats.spooled >= 299  # in both, while a batch is on its way
    assert delivery.flush(120), delivery.stats()
    check_exactly_once(usage, range(300))


@BOTH
def test_a_request_to_a_silent_server_is_given_up(
    mode: str, imp: str, usage: Any, deliver: Deliver, server: Server
) -> None:
    """Case 5: the time-out is over before the server says anything."""
    timeout = "timeout" if imp.endswith("6") else "request_timeout"
    delivery = deliver(mode, **{timeout: 0.5})
    with server.frozen():
        for number in range(200):
            usage.record(item_id=number)
        until(lambda: "did not answer within" in delivery.stats().last_error, "a time-out")
        assert not delivery.flush(0)
    # A new client, which has time enough on a slow machine.
    assert deliver("durable").flush(120)
    check_exactly_once(usage, range(200))


def test_direct_delivery_obeys_its_timeout(
    imp: str, usage: Any, deliver: Deliver, server: Server
) -> None:
    """Case 5: the caller learns of it, rather than waiting for ever."""
    timeout = "timeout" if imp.endswith("6") else "request_timeout"
    usage.record(item_id=0)
    deliver("direct", **{timeout: 0.5})
    with server.frozen(), pytest.raises(BackendUnreachableError, match="did not answer within"):
        usage.record(item_id=1)
    deliver("direct")
    usage.record(item_id=2)
    check_exactly_once(usage, [0, 2], unsaid=1)
