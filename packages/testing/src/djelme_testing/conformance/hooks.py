"""Methods that a site overrides in its record types."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import ConfigurationError, RecordNotFoundError, RecordTypeError
from djelme_testing.conformance.dataset import utc
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from djelme_testing.conformance.site import Site

__all__ = ("HookTests",)

#: Each way to store one record of a type.
WAYS: tuple[Callable[[Any, dict[str, Any]], object], ...] = (
    lambda recordtype, fields: recordtype.record(**fields),
    lambda recordtype, fields: recordtype(**fields).save(),
    lambda recordtype, fields: asyncio.run(recordtype.arecord(**fields)),
    lambda recordtype, fields: asyncio.run(_asave(recordtype, fields)),
)


async def _asave(recordtype: Any, fields: dict[str, Any]) -> None:
    await recordtype(**fields).asave()


class HookTests:
    """What a site's own methods do is done, whichever way one record is stored."""

    @pytest.mark.parametrize("way", range(len(WAYS)))
    def test_an_overridden_save_is_called(self, site: Site, way: int) -> None:
        base = site.imp.EventRecord
        calls: list[int] = []

        class Guarded:
            item_id: int

            def save(self: Any, *args: Any, **kwargs: Any) -> Any:
                calls.append(self.item_id)
                if self.item_id < 0:
                    msg = "not this one"
                    raise PermissionError(msg)
                return base.save(self, *args, **kwargs)

        guarded = site.set_up(Guarded)
        WAYS[way](guarded, {"item_id": 7, "timestamp": utc(2026)})
        with pytest.raises(PermissionError, match="not this one"):
            WAYS[way](guarded, {"item_id": -1, "timestamp": utc(2026)})
        guarded.refresh()
        assert [hit.item_id for hit in guarded.search()] == [7]
        assert calls == [7, -1]

    @pytest.mark.parametrize("way", range(len(WAYS)))
    def test_an_overridden_constructor_is_called(self, site: Site, way: int) -> None:
        base = site.imp.EventRecord

        class Labelled:
            item_id: int
            label: str

            def __init__(self: Any, **fields: Any) -> None:
                fields.setdefault("label", f"item {fields.get('item_id')}")
                base.__init__(self, **fields)

        labelled = site.set_up(Labelled)
        WAYS[way](labelled, {"item_id": 7, "timestamp": utc(2026)})
        labelled.bulk_record([{"item_id": 8, "timestamp": utc(2026)}])
        labelled.refresh()
        assert sorted(hit.label for hit in labelled.search()) == ["item 7", "item 8"]

    @pytest.mark.parametrize(
        ("name", "instead"),
        [
            ("to_dict", "clean"),
            ("djelme_index_name", "template_name"),
            ("delete_index", "djelme_indexes"),
            ("get_cycle_timepart_strat", "format_cycle"),
            ("get_timepart_strat", "TimeseriesRecord"),
            ("parse_timeseries_index_name", "date_formats"),
            ("require_been_setup", "check_djelme_setup"),
            ("timeseries_index_range_pattern", "search_timeseries_range"),
            ("get_timeseries_timeparts", "TimeseriesRecord"),
        ],
    )
    def test_a_method_that_nothing_calls_is_refused(
        self, site: Site, name: str, instead: str
    ) -> None:
        namespace = {"__module__": __name__, name: lambda _self: {}}
        with pytest.raises(RecordTypeError, match=rf"{name}\(\).*{instead}"):
            site.declare(type("Lost", (), namespace))

    def test_a_record_can_be_made_and_not_stored(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        fields = {"item_id": 7, "timestamp": utc(2026)}
        made = [
            UsageRecord.record(using=False, **fields),
            asyncio.run(UsageRecord.arecord(using=False, **fields)),
        ]
        UsageRecord.refresh()
        assert UsageRecord.search().count() == 0
        assert UsageRecord.bulk_record(made).created == 2

    @pytest.mark.parametrize("using", ["", 0, False, object(), ["main"], {}, "nope"])
    def test_using_is_the_name_of_a_backend(self, site: Site, using: Any) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        record = UsageRecord(item_id=7, timestamp=utc(2026))
        calls: list[Callable[[], object]] = [
            lambda: record.save(using=using),
            lambda: UsageRecord.bulk_record([record], using=using),
            lambda: UsageRecord.search(using=using),
            lambda: UsageRecord.search_timeseries_range((2026,), (2027,), using=using),
            lambda: UsageRecord.get("an-id", using=using),
            lambda: UsageRecord.refresh(using=using),
            lambda: UsageRecord.check_djelme_setup(using=using),
            lambda: UsageRecord.sync_index_template(using=using),
            lambda: list(UsageRecord.each_existing_index(using=using)),
            lambda: UsageRecord.get_timeseries_template(using=using),
            lambda: UsageRecord.get_backend(using),
            lambda: UsageRecord.init(using=using),
            lambda: djelme_registry.get_backend(using),
        ]
        if using is not False:
            calls.append(lambda: UsageRecord.record(using=using, item_id=7))
        for call in calls:
            with pytest.raises(ConfigurationError, match="backend"):
                call()
        UsageRecord.refresh()
        assert UsageRecord.search().count() == 0

    def test_an_unknown_backend_is_a_lookup_error(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        with pytest.raises(LookupError, match="'nope'"):
            UsageRecord.search(using="nope")

    @pytest.mark.parametrize("index", ["", 0, False, ["a"], object()])
    def test_index_is_a_name(self, site: Site, index: Any) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        calls: tuple[Callable[[], object], ...] = (
            lambda: UsageRecord(item_id=7, timestamp=utc(2026)).save(index=index),
            lambda: UsageRecord.search(index=index),
            lambda: UsageRecord.get("an-id", index=index),
            lambda: UsageRecord.check_djelme_setup(index=index),
        )
        for call in calls:
            with pytest.raises((TypeError, ValueError), match="name of an index"):
                call()

    @pytest.mark.parametrize("id_", ["", False, None, ["a"], {}, object()])
    def test_an_id_is_a_text(self, site: Site, id_: Any) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        with pytest.raises((TypeError, ValueError), match="should be a document id"):
            UsageRecord.get(id_)
        with pytest.raises(RecordNotFoundError):
            UsageRecord.get(0)  # as the client takes it
