"""From one Elasticsearch to another, while the site goes on writing: the same for each pair."""

from __future__ import annotations

import datetime
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management.base import CommandError

from elasticsearch_metrics.migration.dual_write.writer import dual_writer
from shop_tests.shop import NAME, make_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shop_tests.shop import Shop

__all__ = ("PairTests", "migrate_under_load")

_WRITERS = 4
_BULK = 5
#: How long the writers may take at most, however busy the machine is, in seconds.
_LONGEST = 1800.0


class Writer(threading.Thread):
    """Records events through the source type at a steady rate, until it is told to stop.

    Args:
        shop: the site.
        events: what to record.
        rate: events a second.
    """

    def __init__(self, shop: Shop, events: Sequence[dict[str, Any]], rate: float) -> None:
        super().__init__(name="writer")
        self._shop = shop
        self._events = events
        self._rate = rate
        self.stopping = threading.Event()
        self.written: list[dict[str, Any]] = []
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Write."""
        began = time.monotonic()
        try:
            place = 0
            while place < len(self._events):
                if self.stopping.wait(max(0.0, began + place / self._rate - time.monotonic())):
                    return
                place += self._write(place)
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.failure = error

    def _write(self, place: int) -> int:
        """Write what comes next, through one of three doors; return how much it was."""
        door = place // _BULK % 3
        some = self._events[place : place + (_BULK if door == 0 else 1)]
        if door == 0:
            self._shop.OldView.bulk_record(some)
        elif door == 1:
            self._shop.OldView.record(**some[0])
        else:
            self._shop.ViewMigration.record(**some[0])
        self.written += some
        return len(some)


def migrate_under_load(
    shop: Shop, *, before: int, written: int, rate: float, kills: int, speed: float
) -> None:
    events = make_events(before + written)
    shop.OldView.bulk_record(events[:before])
    writers = [
        Writer(shop, events[before + place :: _WRITERS], rate / _WRITERS)
        for place in range(_WRITERS)
    ]
    for writer in writers:
        writer.start()
    try:
        shop.command("plan", NAME)
        shop.command("start", NAME)
        chance = random.Random(before)  # noqa: S311 - for a test
        for _ in range(kills):
            backfill = shop.start("backfill", NAME, "--rate", str(speed))
            time.sleep(chance.uniform(0.5, 2.5))
            backfill.kill()
            backfill.communicate()
        assert "Everything is copied." in shop.command("backfill", NAME)
        shop.command("verify", NAME, "--behind", "5")
        shop.command("cutover", NAME)
        assert shop.ViewMigration.recordtype is shop.View
        for writer in writers:
            writer.join(_LONGEST)
    finally:
        for writer in writers:
            writer.stopping.set()
            writer.join()
    assert [writer.failure for writer in writers] == [None] * _WRITERS
    assert dual_writer.flush(60)
    assert dual_writer.missed == 0
    assert sum(len(writer.written) for writer in writers) == written
    shop.require_same(events, shop.View)
    # And back: what went to the target alone since cutover is in the source, too.
    shop.command("rollback", NAME)
    shop.require_same(events, shop.OldView)
    assert "matches" in shop.command("verify", NAME, "--full", "--behind", "0")
    shop.require_same(events, shop.View)


class PairTests:
    """What holds for each source and target."""

    def test_the_plan_names_the_versions(self, shop: Shop) -> None:
        shop.OldView.bulk_record(make_events(1))
        versions = [
            recordtype.get_backend().server_version(timeout=10)
            for recordtype in (shop.OldView, shop.View)
        ]
        assert [f"elastic{each.partition('.')[0]}" for each in versions] == [*shop.imps]
        assert "shop.OldView to shop.View, Elasticsearch {} to {}\n".format(*versions) in shop.run(
            "plan", NAME
        )
        plan = shop.run_json("plan", NAME)
        assert [plan["source_version"], plan["target_version"]] == versions

    def test_nothing_is_lost_or_doubled_under_load(self, shop: Shop) -> None:
        migrate_under_load(shop, before=2_000, written=1_500, rate=100, kills=2, speed=500)

    @pytest.mark.usefixtures("quick")
    def test_the_target_is_away_during_dual_writes(self, shop: Shop) -> None:
        events = make_events(150)
        shop.OldView.bulk_record(events[:50])
        shop.run("start", NAME)
        with shop.proxy(shop.imps[1]) as proxy:
            proxy.cut()
            for event in events[50:100]:
                shop.OldView.record(**event)
            # Which phase it is can't be known now, so it is decided later.
            assert not dual_writer.flush(0.5)
            with pytest.raises(CommandError, match=f"'{shop.imps[1]}' is unreachable"):
                shop.run("backfill", NAME)
            proxy.restore()
            shop.OldView.bulk_record(events[100:])
            assert dual_writer.flush(60)
        # On a slow machine the phase of the first ones may have been decided later, too.
        written = {hit["_source"]["number"] for hit in shop.documents(shop.View)}
        assert written >= {event["number"] for event in events[50:]}
        shop.run("backfill", NAME)
        shop.run("verify", NAME, "--full", "--behind", "0")
        shop.require_same(events, shop.View)

    @pytest.mark.usefixtures("quick")
    def test_the_source_is_away_during_backfill(self, shop: Shop) -> None:
        events = make_events(600)
        shop.OldView.bulk_record(events)
        shop.run("start", NAME)
        with shop.proxy(shop.imps[0]) as proxy, ThreadPoolExecutor(1) as executor:
            running = executor.submit(shop.run, "backfill", NAME, "--rate", "200")
            for _ in range(2):
                time.sleep(0.7)
                proxy.cut()
                time.sleep(0.7)
                proxy.restore()
            assert "Everything is copied." in running.result(120)
        shop.require_same(events, shop.View)

    @pytest.mark.usefixtures("quick")
    def test_timestamps_of_others_are_read_as_elasticsearch_reads_them(self, shop: Shop) -> None:
        backend = shop.OldView.get_backend()
        (event,) = make_events(1)
        shop.OldView.record(**event)
        (hit,) = shop.documents(shop.OldView)
        texts = [
            "2026-09-28T10:00:00.123456+00:00",
            "2026-09-28T10:00:00.123999",
            "2026-09-28T12:00:00.5+02:00",
            "2026-09-28",
            1_790_589_600_123,
        ]
        for number, text in enumerate(texts, 1):
            source = {**hit["_source"], "timestamp": text, "number": number, "size": "17"}
            path = f"/{hit['_index']}/{backend.features.document_type}/by-hand-{number}"
            backend.request("PUT", path, body=source)
        for step in ("start", "backfill"):
            shop.run(step, NAME)
        shop.run("verify", NAME, "--full")
        found = {hit["_source"]["number"]: hit["_source"] for hit in shop.documents(shop.View)}
        assert [found[number]["timestamp"] for number in range(1, 6)] == [
            "2026-09-28T10:00:00.123Z",
            "2026-09-28T10:00:00.123Z",
            "2026-09-28T10:00:00.500Z",
            "2026-09-28T00:00:00.000Z",
            _text(1_790_589_600_123),
        ]
        assert {found[number]["size"] for number in range(1, 6)} == {17}


def _text(milliseconds: int) -> str:
    moment = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"
