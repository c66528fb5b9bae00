"""What goes wrong during a migration, and that nothing is lost by it."""

from __future__ import annotations

import datetime
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management.base import CommandError
from shop_tests.shop import NAME, make_events

from djelme.errors import BackendUnreachableError
from elasticsearch_metrics.migration.dual_write.writer import DualWriter, dual_writer
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shop_tests.shop import Shop

IMPS = ("elastic8", "elastic8")

pytestmark = pytest.mark.usefixtures("quick")


def _change(shop: Shop, hit: Mapping[str, Any], **changes: Any) -> None:
    """Change a document behind the site's back."""
    source = {**hit["_source"], **changes}
    shop.OldView.get_backend().request("PUT", f"/{hit['_index']}/_doc/{hit['_id']}", body=source)


def _delete(shop: Shop, hit: Mapping[str, Any]) -> None:
    shop.OldView.get_backend().request("DELETE", f"/{hit['_index']}/_doc/{hit['_id']}")


def test_what_was_deleted_or_changed_in_the_source_is_repaired(shop: Shop) -> None:
    events = make_events(120)
    shop.OldView.bulk_record(events)
    shop.run("start", NAME)
    shop.run("backfill", NAME)
    hits = {hit["_source"]["number"]: hit for hit in shop.documents(shop.OldView)}
    _delete(shop, hits[3])
    _change(shop, hits[4], item="another")
    _change(shop, hits[5], timestamp="2026-09-30T11:12:13.456Z")
    with pytest.raises(CommandError, match="--repair"):
        shop.run("verify", NAME, "--full")
    found = _differences(shop)
    assert found.keys() == {"missing in the target", "different", "not in the source any more"}
    output = shop.run("verify", NAME, "--repair")
    assert "The target matches the source." in output
    events[4]["item"] = "another"
    events[5]["timestamp"] = datetime.datetime(
        2026, 9, 30, 11, 12, 13, 456_000, datetime.timezone.utc
    )
    shop.require_same([event for event in events if event["number"] != 3], shop.View)
    shop.run("cutover", NAME)


def _differences(shop: Shop) -> dict[str, int]:
    import io
    import json

    from django.core.management import call_command

    output = io.StringIO()
    with pytest.raises(CommandError):
        call_command(
            "djelme_migrate", "verify", NAME, "--full", "--format", "json", stdout=output,
            skip_checks=True,
        )  # fmt: skip
    counts: dict[str, int] = {}
    for difference in json.loads(output.getvalue())["differences"]:
        counts[difference["kind"]] = counts.get(difference["kind"], 0) + 1
    return counts


def test_documents_of_others_are_left_alone(shop: Shop) -> None:
    events = make_events(40)
    shop.View.bulk_record(events[:10])
    shop.OldView.bulk_record(events[10:])
    shop.run("start", NAME)
    shop.run("backfill", NAME)
    output = shop.run("verify", NAME, "--repair")
    assert "10 documents of the target were not written by this migration" in output
    shop.require_same(events, shop.View)


def test_one_document_that_the_target_refuses_stops_no_other(shop: Shop) -> None:
    events = make_events(100)
    shop.OldView.bulk_record(events)
    hits = {hit["_source"]["number"]: hit for hit in shop.documents(shop.OldView)}
    # As an older version of the site, or another program, has stored them.
    backend = shop.OldView.get_backend()
    backend.request(
        "PUT",
        f"/{hits[7]['_index']}/_mapping",
        body={"dynamic": False, "properties": {}},
    )
    _change(shop, hits[7], item=None)
    shop.run("start", NAME)
    output = shop.run("backfill", NAME)
    assert "1 documents were refused" in output
    output = shop.run("verify", NAME, "--full")
    assert "1 documents are refused by the target" in output
    assert f"{hits[7]['_id']} of {hits[7]['_index']}: shop.View.item" in output
    shop.require_same([event for event in events if event["number"] != 7], shop.View)
    with pytest.raises(CommandError, match="--accept-refused"):
        shop.run("cutover", NAME)
    # Once it is corrected, it is copied.
    _change(shop, hits[7])
    shop.run("backfill", NAME)
    assert "refused by the target" not in shop.run("verify", NAME, "--full")
    shop.require_same(events, shop.View)
    shop.run("cutover", NAME)


def test_a_conflict_with_the_targets_mapping_is_kept_with_its_reason(shop: Shop) -> None:
    events = [{**event, "tags": []} for event in make_events(100)]
    events[30]["tags"] = ["no number"]
    events[70]["tags"] = ["none either"]
    # An index of the target was made by another program, with other types.
    backend = shop.View.get_backend()
    properties = {"tags": {"type": "long"}}
    for month in ("2026.09", "2026.10"):
        index = f"{shop.View.get_timeseries_template_name()}_{month}"
        backend.request("PUT", f"/{index}", body={"mappings": {"properties": properties}})
    shop.OldView.bulk_record(events[:50])
    shop.run("start", NAME)
    shop.OldView.bulk_record(events[50:])
    assert dual_writer.flush(20)
    assert shop.run_json("status", NAME)["missed"] == 1
    shop.run("backfill", NAME)
    found = shop.run_json("verify", NAME, "--full", "--behind", "0")
    assert found["refused"] == 2
    refused = [each for each in found["differences"] if each["kind"] == "missing in the target"]
    assert refused == []
    status = shop.run_json("status", NAME)
    assert (status["missed"], status["refused"]) == (0, 2)
    output = shop.run("verify", NAME, "--behind", "0")
    assert "failed to parse field [tags] of type [long]" in output
    shop.require_same([each for each in events if not each["tags"]], shop.View)


def test_a_missing_index_of_the_source_doesnt_empty_the_target(shop: Shop) -> None:
    events = make_events(200)
    shop.OldView.bulk_record(events)
    shop.run("start", NAME)
    shop.run("backfill", NAME)
    first = next(iter(shop.OldView.each_existing_index()))
    shop.OldView.get_backend().delete_indexes([first.name])
    with pytest.raises(CommandError, match="--most-deleted"):
        shop.run("verify", NAME, "--repair", "--most-deleted", "10")
    shop.require_same(events, shop.View)
    shop.run("verify", NAME, "--repair")
    day = first.period.start.date()
    shop.require_same([each for each in events if each["timestamp"].date() != day], shop.View)


def test_what_was_too_much_for_dual_writes_is_caught_up(shop: Shop) -> None:
    events = make_events(200)
    shop.OldView.bulk_record(events[:50])
    shop.run("start", NAME)
    shop.run("backfill", NAME)
    small = DualWriter(queue_max=40)
    placement = djelme_registry.placement(shop.OldView)
    operations = [
        shop.OldView.completed_operation(shop.OldView.completed(event), placement)
        for event in events[50:]
    ]
    for start in range(0, len(operations), 50):
        some = operations[start : start + 50]
        placement.backend.store_many(some)
        small.observe(placement, some)
    assert small.flush(20)
    assert small.missed > 0
    status = shop.run_json("status", NAME)
    assert status["missed"] == small.missed
    assert status["next"] == f"djelme_migrate backfill {NAME}"
    shop.run("verify", NAME, "--repair", "--behind", "0")
    with pytest.raises(CommandError, match="dual writes were missed"):
        shop.run("cutover", NAME)
    shop.run("backfill", NAME)
    assert shop.run_json("status", NAME)["missed"] == 0
    shop.run("verify", NAME, "--full", "--behind", "0")
    shop.run("cutover", NAME)
    shop.require_same(events, shop.View)


def test_the_cluster_is_away_during_backfill(shop: Shop) -> None:
    events = make_events(600)
    shop.OldView.bulk_record(events)
    shop.run("start", NAME)
    failures: list[BaseException] = []
    with shop.proxy("elastic8") as proxy:

        def backfill() -> None:
            try:
                shop.run("backfill", NAME, "--rate", "200")
            except BaseException as error:  # noqa: BLE001 - told to the test below
                failures.append(error)

        running = threading.Thread(target=backfill)
        running.start()
        for _ in range(2):
            time.sleep(0.7)
            proxy.cut()
            time.sleep(0.7)
            proxy.restore()
        running.join(60)
        assert not running.is_alive()
    assert failures == []
    shop.require_same(events, shop.View)


def test_a_cluster_that_stays_away_is_named(shop: Shop) -> None:
    shop.OldView.bulk_record(make_events(10))
    shop.run("start", NAME)
    with shop.proxy("elastic8") as proxy:
        proxy.cut()
        for step in ("status", "plan", "start", "backfill", "verify", "cutover", "rollback"):
            with pytest.raises(CommandError, match="'elastic8' is unreachable"):
                shop.run(step, NAME)
        with pytest.raises(BackendUnreachableError):
            shop.ViewMigration.record(**make_events(1)[0])
    shop.run("backfill", NAME)


def test_an_interrupted_backfill_goes_on_where_it_was(shop: Shop) -> None:
    events = make_events(500)
    shop.OldView.bulk_record(events)
    shop.run("start", NAME)
    running = shop.start("backfill", NAME, "--rate", "150", "--workers", "1")
    deadline = time.monotonic() + 60
    while shop.run_json("status", NAME)["copied"] < 150:
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.1)
    running.kill()
    running.communicate()
    copied = shop.run_json("status", NAME)["copied"]
    assert 0 < copied < 500
    output = shop.run("backfill", NAME)
    assert f"{500 - copied} documents were read" in output
    shop.require_same(events, shop.View)
