"""Servers and proxies that answer, but not as one would like."""

from __future__ import annotations

import contextlib
import io
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from outage.ledger import check_exactly_once, stored_items, until
from outage.recordtype import make_operation

from djelme.errors import BackendError, BackendRefusedError
from elasticsearch_metrics import signals
from elasticsearch_metrics.setup import setup_guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from outage.proxy import Proxy

    from djelme_testing.conformance import Site

    Deliver = Callable[..., Any]

BOTH = pytest.mark.parametrize("mode", ["buffered", "durable"])


@pytest.fixture
def heard() -> Iterator[list[tuple[Any, int, str]]]:
    """What receivers of the signals about records were told: sender, count and reason."""
    heard: list[tuple[Any, int, str]] = []

    def listen(sender: Any, count: int, reason: str, using: str, **_: Any) -> None:
        assert using == "main"
        heard.append((sender, count, reason))

    chosen = (signals.records_dead_lettered, signals.records_dropped)
    for signal in chosen:
        signal.connect(listen)
    yield heard
    for signal in chosen:
        signal.disconnect(listen)


@BOTH
def test_a_full_write_queue(
    mode: str,
    site: Site,
    types: tuple[Any, Any],
    deliver: Deliver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Case 6: others keep the server so busy that it answers 429."""
    usage, other = types
    delivery = deliver(mode, djelme_batch_size=5)
    usage.record(item_id=0)
    assert delivery.flush(60)
    ended = threading.Event()
    load = [make_operation(other, item_id=number) for number in range(500)]

    def press() -> None:
        while not ended.is_set():
            with contextlib.suppress(BackendError):
                site.backend.store_many(load)

    pressing = [threading.Thread(target=press) for _ in range(8)]
    for thread in pressing:
        thread.start()
    recorded = 1

    def refused() -> bool:
        nonlocal recorded
        for _ in range(5):
            usage.record(item_id=recorded)
            recorded += 1
        return "es_rejected_execution_exception" in caplog.text

    try:
        until(refused, "a refusal")
    finally:
        ended.set()
        for thread in pressing:
            thread.join()
    assert delivery.flush(120), delivery.stats()
    check_exactly_once(usage, range(recorded))
    assert delivery.stats().dead == 0


@BOTH
@pytest.mark.parametrize("status", [502, 503])
def test_a_proxy_that_finds_no_server(
    mode: str, status: int, usage: Any, deliver: Deliver, proxy: Proxy
) -> None:
    """Case 7."""
    delivery = deliver(mode, hosts=proxy.url)
    usage.record(item_id=0)
    assert delivery.flush(60)
    proxy.answer(status)
    for number in range(1, 120):
        usage.record(item_id=number)
    until(lambda: proxy.misbehaved >= 3, "three attempts")
    until(lambda: str(status) in delivery.stats().trouble, "the reason")
    stats = delivery.stats()
    assert (stats.sent, stats.queued + stats.spooled, stats.dead) == (1, 119, 0)
    proxy.behave()
    assert delivery.flush(120), delivery.stats()
    check_exactly_once(usage, range(120))


def test_direct_delivery_says_what_a_proxy_answers(
    usage: Any, deliver: Deliver, proxy: Proxy
) -> None:
    """Case 7: the caller learns of it, and can save the same instance again."""
    deliver("direct", hosts=proxy.url)
    record = usage(item_id=0)
    proxy.answer(503)
    with pytest.raises(BackendRefusedError, match="status 503"):
        record.save()
    proxy.behave()
    record.save()
    check_exactly_once(usage, [0])


@BOTH
@pytest.mark.usefixtures("every_imp")
def test_an_answer_is_lost_after_the_write_was_taken(
    mode: str, usage: Any, deliver: Deliver, proxy: Proxy
) -> None:
    """Case 8: the retry finds the records there, and counts them as stored."""
    delivery = deliver(mode, hosts=proxy.url)
    proxy.lose_answers(times=3)
    for number in range(120):
        usage.record(item_id=number)
    assert delivery.flush(120), delivery.stats()
    assert proxy.misbehaved == 3
    check_exactly_once(usage, range(120))
    stats = delivery.stats()
    assert (stats.sent, stats.dead, stats.trouble) == (120, 0, "")


@BOTH
def test_an_answer_comes_too_late(
    mode: str, imp: str, usage: Any, deliver: Deliver, proxy: Proxy
) -> None:
    """Case 8: the write was taken, and nobody hears of it before the time-out is over."""
    timeout = "timeout" if imp.endswith("6") else "request_timeout"
    delivery = deliver(mode, hosts=proxy.url, **{timeout: 0.5})
    proxy.stall(times=2)
    for number in range(60):
        usage.record(item_id=number)
    until(lambda: proxy.misbehaved == 2, "two attempts")
    proxy.behave()
    assert not delivery.stats().dead
    assert deliver("durable").flush(120)
    check_exactly_once(usage, range(60))


@BOTH
def test_a_record_that_the_mapping_refuses(
    *,
    mode: str,
    site: Site,
    usage: Any,
    deliver: Deliver,
    heard: list[tuple[Any, int, str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Case 9: it becomes a dead letter with its reason, and the others are stored."""
    index = usage(item_id=0).djelme_index_name()
    mappings: dict[str, Any] = {"properties": {"note": {"type": "long"}}}
    if site.backend.document_type != "_doc":  # type: ignore[attr-defined]
        mappings = {"doc": mappings}
    site.backend.request("PUT", f"/{index}", body={"mappings": mappings})  # type: ignore[attr-defined]
    delivery = deliver(mode)
    for number in range(40):
        usage.record(item_id=number, note="s3cret" if number == 20 else None)
    assert delivery.flush(120), delivery.stats()
    check_exactly_once(usage, [number for number in range(40) if number != 20])
    assert (delivery.stats().sent, delivery.stats().dead) == (39, 1)
    ((sender, count, reason),) = heard
    assert (sender, count) == (usage, 1)
    assert "note" in reason
    assert f"refused record {delivery.dead_letters.read()[0].operation.id}" in caplog.text
    assert "s3cret" not in caplog.text, "the server quotes the value"
    said = io.StringIO()
    call_command("djelme_spool", "dead", "--format=json", stdout=said)
    (letter,) = json.loads(said.getvalue())
    assert (letter["status"], letter["index"]) == (400, index)
    assert "note" in letter["reason"]
    # It can be stored once the index is as it should be.
    site.backend.delete_indexes([index])
    call_command("djelme_spool", "dead", "--retry", stdout=said)
    check_exactly_once(usage, [20])
    assert delivery.dead_letters.read() == []


@BOTH
@pytest.mark.usefixtures("every_imp")
def test_a_template_is_deleted_while_running(
    mode: str, site: Site, types: tuple[Any, Any], deliver: Deliver
) -> None:
    """Case 19: records of the type wait, those of others go on, and no index is guessed."""
    usage, other = types
    delivery = deliver(mode)
    site.backend.delete_template(usage.get_timeseries_template_name())
    setup_guard.forget()
    for number in range(120):
        usage.record(item_id=number)
    for number in range(120):
        other.record(item_id=number)
    until(lambda: len(stored_items(other)) == 120, "the records of the other type")
    check_exactly_once(other, range(120))
    assert usage(item_id=0).djelme_index_name() not in site.index_names()
    until(lambda: delivery.stats().spooled == 120, "the spool")
    stats = delivery.stats()
    assert (stats.queued, stats.dead, stats.dropped) == (0, 0, 0)
    assert "djelme_backend_setup" in stats.trouble
    call_command("djelme_backend_setup", "outage", stdout=io.StringIO())
    until(lambda: not delivery.stats().spooled, "the delivery")
    check_exactly_once(usage, range(120))


@BOTH
@pytest.mark.usefixtures("every_imp")
def test_an_index_is_read_only_for_a_while(
    mode: str, site: Site, types: tuple[Any, Any], deliver: Deliver
) -> None:
    """Case 20: as Elasticsearch makes them when its disk is nearly full."""
    usage, other = types
    delivery = deliver(mode)
    usage.record(item_id=0)
    assert delivery.flush(60)
    index = usage(item_id=0).djelme_index_name()

    def block(*, blocked: bool) -> None:
        body = {"index.blocks.read_only_allow_delete": blocked or None}
        site.backend.request("PUT", f"/{index}/_settings", body=body)  # type: ignore[attr-defined]

    block(blocked=True)
    for number in range(1, 120):
        usage.record(item_id=number)
    for number in range(120):
        other.record(item_id=number)
    until(lambda: len(stored_items(other)) == 120, "the records of the other type")
    until(lambda: "cluster_block_exception" in delivery.stats().trouble, "the reason")
    stats = delivery.stats()
    assert (stats.queued + stats.spooled, stats.dead, stats.dropped) == (119, 0, 0)
    block(blocked=False)
    until(lambda: not delivery.stats().spooled, "the delivery")
    check_exactly_once(usage, range(120))
    check_exactly_once(other, range(120))
