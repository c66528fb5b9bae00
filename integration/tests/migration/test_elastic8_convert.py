"""Migrations that change documents, that are bounded in time, and types with ids of their own."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from django.core.management.base import CommandError
from shop_tests.shop import make_events

from elasticsearch_metrics.imps.elastic8 import EventRecord, SimpleRecord
from elasticsearch_metrics.migration import Migration
from elasticsearch_metrics.migration.dual_write.writer import dual_writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shop_tests.shop import Shop

    from elasticsearch_metrics.migration import Hit

IMPS = ("elastic8", "elastic8")

pytestmark = pytest.mark.usefixtures("quick")


class _Place:
    using = "elastic8"
    settings: ClassVar = {"number_of_shards": 1, "number_of_replicas": 0}


def _set_up(*recordtypes: Any) -> None:
    for recordtype in recordtypes:
        recordtype.sync_index_template()


def test_a_document_may_become_none_or_several(shop: Shop) -> None:
    class TagUse(EventRecord):
        number: int
        tag: str

        class Index(_Place):
            pass

        class Meta:
            app_label = "shop"

    class TagMigration(Migration):
        app_label = "shop"
        source = shop.OldView
        target = TagUse

        def convert(self, hit: Hit) -> Iterator[Mapping[str, Any]]:
            if hit.number == 13:
                msg = "unlucky"
                raise ValueError(msg)
            for tag in hit.tags:
                yield {"timestamp": hit.timestamp, "number": hit["number"], "tag": tag}

    _set_up(TagUse)
    name = "shop.TagMigration"
    events = make_events(90)
    events[13]["tags"] = ["a"]
    shop.OldView.bulk_record(events[:50])
    shop.run("start", name)
    shop.OldView.bulk_record(events[50:80])
    assert dual_writer.flush(10)
    output = shop.run("backfill", name)
    assert "convert() raised ValueError: unlucky" in output
    output = shop.run("verify", name, "--full", "--behind", "0")
    assert "compared one by one only" in output
    with pytest.raises(CommandError, match="no revert"):
        shop.run("cutover", name, "--accept-refused", "--keep-dual-writes")
    shop.run("cutover", name, "--accept-refused")
    # Through the class, records of the source's shape are converted on their way.
    stored = [TagMigration.record(**event) for event in events[80:]]
    assert [each is None for each in stored] == [not event["tags"] for event in events[80:]]
    found = sorted(
        (hit["_source"]["number"], hit["_source"]["tag"]) for hit in shop.documents(TagUse)
    )
    wanted = [(event["number"], tag) for event in events for tag in event["tags"]]
    assert found == sorted(pair for pair in wanted if pair[0] != 13)
    with pytest.raises(CommandError, match="--leave-new-records"):
        shop.run("rollback", name)
    shop.run("rollback", name, "--leave-new-records")
    assert TagMigration.recordtype is shop.OldView


def test_revert_brings_new_records_back(shop: Shop) -> None:
    class Flat(EventRecord):
        label: str

        class Index(_Place):
            pass

        class Meta:
            app_label = "shop"

    class FlatMigration(Migration):
        app_label = "shop"
        source = shop.OldView
        target = Flat

        def convert(self, hit: Hit) -> Iterator[Mapping[str, Any]]:
            yield {"timestamp": hit.timestamp, "label": f"{hit.number}/{hit.item}"}

        def revert(self, hit: Hit) -> Mapping[str, Any]:
            number, _, item = hit.label.partition("/")
            return {"timestamp": hit.timestamp, "number": int(number), "item": item}

    _set_up(Flat)
    name = "shop.FlatMigration"
    events = [
        {key: event[key] for key in ("timestamp", "number", "item")} for event in make_events(60)
    ]
    shop.OldView.bulk_record(events[:20])
    for step in ("start", "backfill", "verify"):
        shop.run(step, name)
    shop.run("cutover", name, "--keep-dual-writes")
    FlatMigration.record(**events[20])
    assert dual_writer.flush(10)
    shop.require_same(events[:21], shop.OldView)
    shop.run("cutover", name)
    for event in events[21:]:
        FlatMigration.record(**event)
    shop.run("rollback", name)
    shop.require_same(events, shop.OldView)
    shop.run("verify", name, "--full", "--behind", "0")
    assert len(shop.documents(Flat)) == 60


def test_only_what_is_within_the_bounds_is_moved(shop: Shop) -> None:
    class BoundedMigration(Migration):
        app_label = "shop"
        source = shop.OldView
        target = shop.View
        since = "2026-09-29"
        until = datetime.datetime(2026, 9, 30, 12, tzinfo=datetime.timezone.utc)

    name = "shop.BoundedMigration"
    events = make_events(200)
    shop.OldView.bulk_record(events[:150])
    assert shop.run_json("plan", name)["documents"] < 150
    shop.run("start", name)
    shop.OldView.bulk_record(events[150:])
    assert dual_writer.flush(10)
    shop.run("backfill", name)
    shop.run("verify", name, "--full", "--behind", "0")
    start, end = BoundedMigration.bounds()
    assert start is not None
    assert end is not None
    shop.require_same([each for each in events if start <= each["timestamp"] < end], shop.View)


def test_records_that_replace_each_other_go_on_to_do_so(shop: Shop) -> None:
    def declare(class_name: str, depth: int) -> Any:
        class Meta:
            app_label = "shop"
            timedepth = depth

        body = {
            "__annotations__": {"item": str, "count": int},
            "UNIQUE_TOGETHER_FIELDS": ("timestamp", "item"),
            "Index": _Place,
            "Meta": Meta,
        }
        return type(EventRecord)(class_name, (EventRecord,), body)

    old, new = declare("OldCount", 3), declare("NewCount", 2)

    class CountMigration(Migration):
        app_label = "shop"
        source = old
        target = new

    _set_up(old, new)
    name = "shop.CountMigration"
    moment = datetime.datetime(2026, 9, 1, tzinfo=datetime.timezone.utc)

    def count(recordtype: Any, item: str, number: int) -> None:
        recordtype.record(timestamp=moment, item=item, count=number)

    def counts(recordtype: Any) -> dict[str, int]:
        hits = shop.documents(recordtype)
        found = {hit["_source"]["item"]: hit["_source"]["count"] for hit in hits}
        assert len(found) == len(hits)
        return found

    for item in "abcd":
        count(old, item, 1)
    shop.run("start", name)
    count(old, "a", 2)
    count(old, "e", 2)
    assert dual_writer.flush(10)
    shop.run("backfill", name)
    assert counts(new) == {"a": 2, "b": 1, "c": 1, "d": 1, "e": 2}
    count(old, "b", 3)
    assert dual_writer.flush(10)
    shop.run("verify", name, "--full")
    shop.run("cutover", name)
    count(CountMigration, "c", 4)
    assert counts(new) == {"a": 2, "b": 3, "c": 4, "d": 1, "e": 2}
    shop.run("rollback", name)
    assert counts(old) == counts(new)
    shop.run("verify", name, "--full")


def test_records_without_time(shop: Shop) -> None:
    class OldItem(SimpleRecord):
        title: str

        class Index(_Place):
            pass

        class Meta:
            app_label = "shop"

    class Item(SimpleRecord):
        title: str
        words: int | None

        class Index(_Place):
            pass

        class Meta:
            app_label = "shop"

    class ItemMigration(Migration):
        app_label = "shop"
        source = OldItem
        target = Item

    _set_up(OldItem, Item)
    name = "shop.ItemMigration"
    OldItem.bulk_record([{"title": f"title {number}"} for number in range(50)])
    shop.run("start", name)
    OldItem.record(title="title 50")
    assert dual_writer.flush(10)
    shop.run("backfill", name)
    shop.run("verify", name, "--full")
    (removed, *_) = shop.documents(OldItem)
    path = f"/{removed['_index']}/_doc/{removed['_id']}"
    OldItem.get_backend().request("DELETE", path)
    shop.run("verify", name, "--repair")
    titles = sorted(hit["_source"]["title"] for hit in shop.documents(Item))
    expected = {f"title {number}" for number in range(51)} - {removed["_source"]["title"]}
    assert titles == sorted(expected)
    assert isinstance(ItemMigration.search().count(), int)
