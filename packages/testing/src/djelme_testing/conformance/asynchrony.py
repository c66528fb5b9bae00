"""The same from within an event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import (
    BackendUnreachableError,
    BulkError,
    ConfigurationError,
    IndexTemplateNotFoundError,
    RecordValidationError,
)
from djelme_testing.conformance.capability import Capability, lacks, needs
from djelme_testing.conformance.dataset import utc
from djelme_testing.conformance.site import Body
from elasticsearch_metrics import signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djelme_testing.conformance.site import Site

__all__ = ("AsyncTests",)


def _usage(site: Site) -> Any:
    @site.set_up
    class UsageRecord(Body):
        item_id: int

    return UsageRecord


class AsyncTests:
    """`arecord`, `asave`, `abulk_record` and `asearch`."""

    def test_records_are_stored(self, site: Site) -> None:
        usage = _usage(site)

        async def store() -> Any:
            record = await usage.arecord(item_id=1, timestamp=utc(2026))
            instance = usage(item_id=2, timestamp=utc(2026))
            assert await instance.asave() == "created"
            instance.item_id = 3
            assert await instance.asave() == "updated"
            result = await usage.abulk_record(
                ({"item_id": number, "timestamp": utc(2026)} for number in range(10, 20)),
                chunk_size=3,
                senders=2,
            )
            assert (result.created, result.existing, result.failed) == (10, 0, [])
            return record

        record = asyncio.run(store())
        assert type(record) is usage
        assert usage.get(record.meta.id, index=record.meta.index).item_id == 1
        usage.refresh()
        found = sorted(hit.item_id for hit in usage.search()[:50])
        assert found == [1, 3, *range(10, 20)]

    def test_many_are_stored_at_once(self, site: Site) -> None:
        usage = _usage(site)

        async def store() -> list[Any]:
            return await asyncio.gather(*(usage.arecord(item_id=number) for number in range(50)))

        records = asyncio.run(store())
        assert [record.item_id for record in records] == list(range(50))
        usage.refresh()
        assert usage.search().count() == 50

    def test_one_loop_after_another(self, site: Site) -> None:
        usage = _usage(site)
        for number in range(3):
            asyncio.run(usage.arecord(item_id=number))
        usage.refresh()
        assert usage.search().count() == 3

    def test_errors_are_the_same(self, site: Site, unreachable_options: dict[str, Any]) -> None:
        usage = _usage(site)

        @site.declare
        class Missing(Body):
            item_id: int

        for recordtype, fields, error in (
            (usage, {"item_id": "x"}, RecordValidationError),
            (usage, {}, RecordValidationError),
            (Missing, {"item_id": 1}, IndexTemplateNotFoundError),
        ):
            with pytest.raises(error):
                asyncio.run(recordtype.arecord(**fields))
            with pytest.raises(error):
                asyncio.run(recordtype(**fields).asave())
            with pytest.raises(error):
                asyncio.run(recordtype.abulk_record([fields]))
        with site.configured({"main": unreachable_options}):
            with pytest.raises(BackendUnreachableError):
                asyncio.run(usage.arecord(item_id=1))
            with pytest.raises(BackendUnreachableError):
                asyncio.run(usage.abulk_record([{"item_id": 1}]))
        assert site.index_names() == []

    def test_a_cluster_that_goes_away(
        self, site: Site, unreachable_options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = _usage(site)
        # The setup is known, so that it is the record itself that finds nobody.
        monkeypatch.setattr(usage, "check_djelme_setup", lambda **_: None)
        ways: tuple[Callable[[], Any], ...] = (
            lambda: usage.arecord(item_id=1),
            lambda: usage(item_id=1).asave(),
            lambda: usage.abulk_record([{"item_id": 1}]),
        )
        with site.configured({"main": unreachable_options}):
            for act in ways:
                with pytest.raises(BackendUnreachableError, match="'main' is unreachable"):
                    asyncio.run(act())

    @needs(Capability.STRICT)
    def test_what_the_engine_refuses_is_told(self, site: Site) -> None:
        usage = _usage(site)
        usage.record(item_id=0, timestamp=utc(2026))
        site.forget_declarations()

        @site.set_up
        class UsageRecord(Body):
            item_id: int
            extra: str | None

        with pytest.raises(BulkError, match="1 record"):
            asyncio.run(
                UsageRecord.abulk_record([{"item_id": 1, "extra": "x", "timestamp": utc(2026)}])
            )

    def test_signals_are_sent(self, site: Site) -> None:
        usage = _usage(site)
        heard = []

        def listen(**arguments: Any) -> None:
            heard.append((arguments["sender"], arguments["instance"].item_id, arguments["using"]))

        for signal in (signals.pre_save, signals.post_save):
            signal.connect(listen, sender=usage)
        try:
            asyncio.run(usage.arecord(item_id=1))
            asyncio.run(usage(item_id=2).asave())
            asyncio.run(usage.abulk_record([{"item_id": 3}]))
        finally:
            for signal in (signals.pre_save, signals.post_save):
                signal.disconnect(listen, sender=usage)
        assert heard == [(usage, item_id, "main") for item_id in (1, 1, 2, 2, 3, 3)]

    def test_an_iterable_is_read_lazily(self, site: Site) -> None:
        usage = _usage(site)
        read = 0
        ahead = []

        def records() -> Iterator[dict[str, Any]]:
            nonlocal read
            for number in range(500):
                read += 1
                yield {"item_id": number, "timestamp": utc(2026)}

        def progress(result: Any) -> None:
            ahead.append(read - result.created)

        result = asyncio.run(
            usage.abulk_record(records(), chunk_size=50, senders=2, progress=progress)
        )
        assert result.created == 500
        assert max(ahead) <= 50 * 3 + 1

    @needs(Capability.ASYNC_SEARCH)
    def test_searches(self, site: Site) -> None:
        usage = _usage(site)
        usage.bulk_record({"item_id": day, "timestamp": utc(2026, 1, day)} for day in range(1, 11))
        usage.refresh()

        async def read() -> None:
            assert await usage.asearch().count() == 10
            ranged = usage.asearch_timeseries_range((2026, 1, 3), (2026, 1, 6))
            hits = [hit async for hit in ranged.sort("timestamp")]
            assert [hit.item_id for hit in hits] == [3, 4, 5]
            assert {type(hit) for hit in hits} == {usage}
            response = await ranged.execute()
            assert len(list(response)) == 3

        asyncio.run(read())

    @lacks(Capability.ASYNC_SEARCH)
    def test_searches_are_refused(self, site: Site) -> None:
        usage = _usage(site)

        async def search() -> None:
            usage.asearch()

        with pytest.raises(ConfigurationError, match=r"'main': .* not asynchronous"):
            asyncio.run(search())
