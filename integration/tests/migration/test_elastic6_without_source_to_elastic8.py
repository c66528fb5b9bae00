"""From metrics of version 6 without ``_source``, whose values are rebuilt from doc values."""

from __future__ import annotations

import datetime
import random
import types
from typing import Any

import pytest
from django.core.management.base import CommandError
from shop_tests.shop import Shop, make_events

from elasticsearch_metrics.imps import elastic6, elastic8
from elasticsearch_metrics.imps.elastic6 import (
    Boolean,
    Date,
    Double,
    Float,
    Integer,
    Keyword,
    Long,
    Text,
)
from elasticsearch_metrics.migration import Migration
from elasticsearch_metrics.migration.dual_write.writer import dual_writer

IMPS = ("elastic6", "elastic8")
NAME = "shop.MetricMigration"
WIDTH = 130

pytestmark = pytest.mark.usefixtures("quick")


class Metrics:
    """The record types of this module."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

        class OldMetric(elastic6.Metric):
            number = Long()
            item = Keyword()
            tags = Keyword(multi=True)
            size = Integer()
            sizes = Long(multi=True)
            weight = Double()
            ratio = Float()
            paid = Boolean()
            day = Date(format="strict_date")
            note = Text()
            hidden = Keyword(doc_values=False)

            class Index:
                using = "elastic6"

            class Meta:
                app_label = "shop"

        class NewMetric(elastic8.EventRecord):
            number: int
            item: str | None
            tags: list[str]
            size: int | None
            sizes: list[int]
            weight: float | None
            ratio: float | None
            paid: bool | None
            day: datetime.date | None
            note: str | None
            hidden: str | None

            class Index:
                using = "elastic8"

            class Meta:
                app_label = "shop"
                timedepth = 2

        class MetricMigration(Migration):
            app_label = "shop"
            source = OldMetric
            target = NewMetric

        self.OldMetric: Any = OldMetric
        self.NewMetric: Any = NewMetric
        OldMetric.sync_index_template()
        NewMetric.sync_index_template()


@pytest.fixture
def metrics(shop: Shop) -> Metrics:
    """The record types, set up."""
    return Metrics(shop)


def _event(number: int) -> dict[str, Any]:
    chance = random.Random(number)  # noqa: S311 - for a test
    base = make_events(1, first=number)[0]
    return {
        "timestamp": base["timestamp"],
        "number": number,
        "item": base["item"],
        "tags": ["b", "a", "b", "c"][: number % 5],
        "size": chance.randrange(-(2**31), 2**31),
        "sizes": [chance.randrange(2**62, 2**63) for _ in range(number % 4)],
        "weight": chance.uniform(-1e9, 1e9),
        "ratio": round(chance.random(), 3),
        "paid": bool(number % 2),
        "day": datetime.date(1969, 12, 1) + datetime.timedelta(number),
        "note": f"note {number}",
        "hidden": f"hidden {number}",
    }


def test_values_come_back_as_the_plan_says(metrics: Metrics) -> None:
    shop = metrics.shop
    events = [_event(number) for number in range(1, 121)]
    metrics.OldMetric.bulk_record(events[:100])
    with pytest.raises(CommandError, match="2 fields would be lost: note, hidden"):
        shop.run("plan", NAME)
    accept = ("--accept-loss", "note", "--accept-loss", "hidden")
    plan = shop.run_json("plan", NAME, *accept)
    fates = {field["field"]: field["fate"] for field in plan["fields"]}
    assert fates == {
        "timestamp": "exact",
        "number": "exact",
        "item": "exact",
        "tags": "changed",
        "size": "exact",
        "sizes": "changed",
        "weight": "exact",
        "ratio": "changed",
        "paid": "exact",
        "day": "exact",
        "note": "lost",
        "hidden": "lost",
    }
    with pytest.raises(CommandError, match="'hidden' would be lost"):
        shop.run("start", NAME, "--accept-loss", "note")
    shop.run("start", NAME, *accept)
    # These are copied as they are written, so nothing of them is lost.
    metrics.OldMetric.bulk_record(events[100:])
    assert dual_writer.flush(10)
    shop.run("backfill", NAME)
    assert "matches" in shop.run("verify", NAME, "--full", "--behind", "0")
    found = {hit["_source"]["number"]: hit["_source"] for hit in shop.documents(metrics.NewMetric)}
    assert len(found) == len(shop.documents(metrics.NewMetric)) == 120
    for event in events:
        expected = {**event}
        moment = event["timestamp"].isoformat(timespec="milliseconds")[:23]
        expected["timestamp"] = f"{moment}Z"
        expected["day"] = event["day"].isoformat()
        if event["number"] <= 100:
            expected["tags"] = sorted(set(event["tags"]))
            expected["sizes"] = sorted(event["sizes"])
            del expected["note"], expected["hidden"]
        expected = {key: value for key, value in expected.items() if value != []}
        source = {key: value for key, value in found[event["number"]].items() if value != []}
        assert source == expected
    shop.run("cutover", NAME)


def test_more_fields_than_one_search_gives(shop: Shop) -> None:
    names = [f"field{place:03}" for place in range(WIDTH)]
    old_body: dict[str, Any] = {name: Long() for name in names}
    new_body: dict[str, Any] = {"__annotations__": dict.fromkeys(names, int | None)}

    def declare(name: str, base: Any, using: str, body: dict[str, Any]) -> Any:
        inner = {
            "Index": type("Index", (), {"using": using}),
            "Meta": type("Meta", (), {"app_label": "shop"}),
        }
        made: Any = types.new_class(name, (base,), exec_body=lambda ns: ns.update(body | inner))
        made.sync_index_template()
        return made

    wide_old = declare("WideOld", elastic6.Metric, "elastic6", old_body)
    wide_new = declare("WideNew", elastic8.EventRecord, "elastic8", new_body)

    class WideMigration(Migration):
        app_label = "shop"
        source = wide_old
        target = wide_new

    records = [
        {
            "timestamp": event["timestamp"],
            **{name: event["number"] * WIDTH + place for place, name in enumerate(names)},
        }
        for event in make_events(60)
    ]
    wide_old.bulk_record(records)
    for step in ("plan", "start", "backfill"):
        shop.run(step, "shop.WideMigration")
    shop.run("verify", "shop.WideMigration", "--full")
    found = [hit["_source"] for hit in shop.documents(wide_new)]
    for source in found:
        del source["timestamp"]
    wanted = [{name: record[name] for name in names} for record in records]
    key = names[0]
    assert sorted(found, key=lambda each: each[key]) == sorted(wanted, key=lambda each: each[key])
