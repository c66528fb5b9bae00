"""Buffered and durable delivery: records are taken at once, and get there exactly once."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from djelme.errors import RecordValidationError
from djelme_testing.conformance.capability import Capability, needs
from djelme_testing.conformance.dataset import utc
from djelme_testing.conformance.site import Body
from elasticsearch_metrics import signals
from elasticsearch_metrics.index.setup_guard import setup_guard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from djelme_testing.conformance.site import Site

__all__ = ("DeliveryTests",)

_MODES = pytest.mark.parametrize("mode", ["buffered", "durable"])
_TIMEOUT = 120.0


def _usage(site: Site) -> Any:
    @site.set_up
    class UsageRecord(Body):
        item_id: int

    return UsageRecord


@contextlib.contextmanager
def _delivered(
    site: Site, mode: str, directory: Path, options: Mapping[str, Any] | None = None, **more: Any
) -> Iterator[Any]:
    """Deliver in a mode within the block; each one has the same spool."""
    own = {
        "djelme_delivery": mode,
        "djelme_spool_dir": str(directory),
        "djelme_batch_delay": 0.02,
        "djelme_backoff_min": 0.02,
        "djelme_backoff_max": 0.2,
        **more,
    }
    with site.configured({"main": {**(site.options if options is None else options), **own}}):
        yield site.backend.delivery


def _items(recordtype: Any) -> list[int]:
    recordtype.refresh()
    return sorted(hit.item_id for hit in recordtype.search()[:1000])


def _call(*arguments: str) -> str:
    said = io.StringIO()
    call_command(*arguments, stdout=said, no_color=True)
    return said.getvalue()


class DeliveryTests:
    """`djelme_delivery`, and what a site sees of it."""

    @_MODES
    def test_records_are_delivered_by_themselves(
        self, site: Site, mode: str, tmp_path: Path
    ) -> None:
        usage = _usage(site)
        with _delivered(site, mode, tmp_path, djelme_batch_size=10) as delivery:
            record = usage.record(item_id=0)
            assert type(record) is usage
            assert usage(item_id=1).save() == "accepted"
            for number in range(2, 25):
                usage.record(item_id=number)
            assert site.backend.flush(_TIMEOUT)
            assert _items(usage) == list(range(25))
            assert usage.get(record.meta.id, index=record.meta.index).item_id == 0
            stats = site.backend.stats()
            assert stats == delivery.stats()
            assert (stats.sent, stats.queued, stats.spooled, stats.lag) == (25, 0, 0, 0.0)

    @_MODES
    def test_an_instance_that_was_delivered_can_be_replaced(
        self, site: Site, mode: str, tmp_path: Path
    ) -> None:
        usage = _usage(site)
        with _delivered(site, mode, tmp_path, djelme_batch_size=1):
            instance = usage(item_id=1)
            instance.save()
            for number in range(2, 20):
                instance.item_id = number
                instance.save()
            assert site.backend.flush(_TIMEOUT)
        assert _items(usage) == [19]

    @_MODES
    def test_records_wait_for_a_cluster_that_is_away(
        self, site: Site, mode: str, tmp_path: Path, unreachable_options: dict[str, Any]
    ) -> None:
        usage = _usage(site)
        with _delivered(site, mode, tmp_path, unreachable_options):
            for number in range(20):
                usage.record(item_id=number)
            assert not site.backend.flush(0.1)
            stats = site.backend.stats()
            assert (stats.sent, stats.dead, stats.dropped) == (0, 0, 0)
            assert stats.queued + stats.spooled >= 20
        with _delivered(site, mode, tmp_path):
            assert _items(usage) in ([], list(range(20)))  # it may have begun by itself
            assert " 0 wait" in _call("djelme_spool", "flush")
            assert _items(usage) == list(range(20))

    @_MODES
    def test_records_wait_for_their_template(self, site: Site, mode: str, tmp_path: Path) -> None:
        other = _usage(site)

        @site.declare
        class Missing(Body):
            item_id: int

        # An index that is just being made can't be searched yet, so this one is there before.
        other.record(item_id=-1)
        with _delivered(site, mode, tmp_path):
            for number in range(10):
                Missing.record(item_id=number)
                other.record(item_id=number)
            end = 0
            # Records can be found a moment before the sender has read the answer about them.
            while _items(other) != list(range(-1, 10)) or not site.backend.stats().last_error:
                end += 1
                assert end < 1000, "records that wait hold up others, or nobody says why"
                time.sleep(0.01)  # an engine in memory answers at once
            assert site.name("myapp_missing") not in " ".join(site.index_names())
            assert not site.backend.flush(0)
            assert "djelme_backend_setup" in site.backend.stats().last_error
            with pytest.raises(CommandError, match="djelme_backend_setup"):
                _call("djelme_spool", "flush", "--timeout=0.1")
            Missing.sync_index_template()
            setup_guard.forget()
            assert site.backend.flush(_TIMEOUT)
        assert _items(Missing) == list(range(10))

    @_MODES
    def test_wrong_values_are_refused_at_once(self, site: Site, mode: str, tmp_path: Path) -> None:
        usage = _usage(site)
        with _delivered(site, mode, tmp_path):
            with pytest.raises(RecordValidationError):
                usage.record(item_id="x")
            assert site.backend.stats().queued + site.backend.stats().spooled == 0

    @_MODES
    @needs(Capability.STRICT)
    def test_what_the_engine_refuses_becomes_a_dead_letter(
        self, site: Site, mode: str, tmp_path: Path
    ) -> None:
        usage = _usage(site)
        usage.record(item_id=0, timestamp=utc(2026))
        site.forget_declarations()

        @site.set_up
        class UsageRecord(Body):
            item_id: int
            extra: str | None

        heard: list[tuple[Any, int, str]] = []

        def listen(sender: Any, count: int, using: str, **_: Any) -> None:
            heard.append((sender, count, using))

        signals.records_dead_lettered.connect(listen)
        try:
            with _delivered(site, mode, tmp_path):
                for number in range(1, 10):
                    extra = {"extra": "x"} if number == 5 else {}
                    UsageRecord.record(item_id=number, timestamp=utc(2026), **extra)
                assert site.backend.flush(_TIMEOUT)
                assert site.backend.stats().dead == 1
                (letter,) = json.loads(_call("djelme_spool", "dead", "--format=json"))
                assert letter["status"] == 400
                said = _call("djelme_backend_check", "myapp")
                assert f"delivery: {mode}; 0 records in the spool; 1 dead letter" in said
                assert "1 dead letter deleted" in _call(
                    "djelme_spool", "dead", "--drop", "--noinput"
                )
        finally:
            signals.records_dead_lettered.disconnect(listen)
        assert heard == [(UsageRecord, 1, "main")]
        assert _items(UsageRecord) == [0, 1, 2, 3, 4, 6, 7, 8, 9]

    @_MODES
    def test_an_event_loop_can_record(self, site: Site, mode: str, tmp_path: Path) -> None:
        usage = _usage(site)

        async def store() -> None:
            await asyncio.gather(*(usage.arecord(item_id=number) for number in range(20)))
            assert await usage(item_id=20).asave() == "accepted"

        with _delivered(site, mode, tmp_path):
            asyncio.run(store())
            assert site.backend.flush(_TIMEOUT)
        assert _items(usage) == list(range(21))

    def test_what_waits_is_told_of_all_processes(
        self, site: Site, tmp_path: Path, unreachable_options: dict[str, Any]
    ) -> None:
        usage = _usage(site)
        assert "backend main: direct, so it has no spool" in _call("djelme_spool", "status")
        with _delivered(site, "durable", tmp_path, unreachable_options):
            usage.record(item_id=1)
        with _delivered(site, "direct", tmp_path):
            # What an earlier mode has left is told, too, and can be sent.
            (status,) = json.loads(_call("djelme_spool", "status", "--format=json"))
            assert (status["mode"], status["spooled"], status["dead"]) == ("direct", 1, 0)
            assert " 1 sent, 0 wait" in _call("djelme_spool", "flush")
        assert _items(usage) == [1]
