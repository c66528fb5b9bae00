"""One migration from its first to its last phase, within Elasticsearch 8."""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management.base import CommandError
from shop_tests.shop import NAME, make_events

from elasticsearch_metrics.migration.dual_write.writer import dual_writer

if TYPE_CHECKING:
    import subprocess

    from shop_tests.shop import Shop

IMPS = ("elastic8", "elastic8")

pytestmark = pytest.mark.usefixtures("quick")


def test_from_the_first_to_the_last_phase(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    events = make_events(900)
    shop.OldView.bulk_record(events[:500])
    assert shop.ViewMigration.recordtype is shop.OldView
    plan = shop.run_json("plan", NAME)
    assert plan["documents"] == 500
    assert {field["fate"] for field in plan["fields"]} == {"exact"}

    assert "Dual writes are on" in shop.run("start", NAME)
    shop.OldView.bulk_record(events[500:600])
    for event in events[600:630]:
        shop.ViewMigration.record(**event)
    shop.ViewMigration.bulk_record(events[630:650])
    assert dual_writer.flush(10)
    shop.View.refresh()
    assert shop.View.search().count() == 150

    output = shop.run("backfill", NAME)
    assert "Everything is copied." in output
    shop.require_same(events[:650], shop.View)

    assert "The target matches the source." in shop.run("verify", NAME, "--behind", "0")
    assert shop.ViewMigration.search().count() == 650
    assert "the target alone" in shop.run("cutover", NAME)
    assert shop.ViewMigration.recordtype is shop.View
    shop.ViewMigration.record(**events[650])
    # Code that wasn't changed still writes to the source, and that goes on to be copied.
    shop.OldView.bulk_record(events[651:700])
    assert dual_writer.flush(10)
    shop.require_same(events[:700], shop.View)
    shop.require_same([*events[:650], *events[651:700]], shop.OldView)

    assert "Dual writes are off" in shop.run("finish", NAME)
    shop.OldView.bulk_record(events[700:710])
    assert dual_writer.flush(10)
    shop.require_same(events[:700], shop.View)
    assert shop.run_json("status", NAME)["phase"] == "finished"

    for typed in ("", "something else\n"):  # in a cron job there is nothing to read
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        with pytest.raises(CommandError, match="nothing was deleted"):
            shop.run("finish", NAME, "--delete-source")
    monkeypatch.setattr("builtins.input", lambda _: NAME)
    with pytest.raises(CommandError, match=r"nothing was deleted.* isn't in the target"):
        shop.run("finish", NAME, "--delete-source")
    for hit in shop.documents(shop.OldView):
        if hit["_source"]["number"] >= 700:
            path = f"/{hit['_index']}/_doc/{hit['_id']}"
            shop.OldView.get_backend().request("DELETE", path)
    assert "were deleted" in shop.run("finish", NAME, "--delete-source")
    assert list(shop.OldView.each_existing_index()) == []
    shop.require_same(events[:700], shop.View)
    with pytest.raises(CommandError, match="deleted"):
        shop.run("rollback", NAME)


def test_every_step_can_be_repeated(shop: Shop) -> None:
    events = make_events(300)
    shop.OldView.bulk_record(events)
    for _ in range(2):
        shop.run("plan", NAME)
    for _ in range(2):
        shop.run("start", NAME)
    for _ in range(2):
        shop.run("backfill", NAME)
    for _ in range(2):
        shop.run("verify", NAME, "--full")
    for _ in range(2):
        shop.run("cutover", NAME)
    shop.run("backfill", NAME)
    shop.run("verify", NAME)
    for _ in range(2):
        shop.run("finish", NAME)
    shop.require_same(events, shop.View)
    for phase in ("dual writes", "new", "new"):
        shop.run("rollback", NAME)
        assert shop.run_json("status", NAME)["phase"] == phase
    shop.require_same(events, shop.View)
    shop.require_same(events, shop.OldView)


def test_rolling_back_copies_back_what_only_the_target_has(shop: Shop) -> None:
    events = make_events(400)
    shop.OldView.bulk_record(events[:200])
    for step in ("start", "backfill", "verify", "cutover"):
        shop.run(step, NAME)
    for event in events[200:210]:
        shop.ViewMigration.record(**event)
    shop.ViewMigration.bulk_record(events[210:230])
    shop.View.bulk_record(events[230:300])
    shop.OldView.bulk_record(events[300:310])
    assert dual_writer.flush(10)
    assert "100 records were copied back" in shop.run("rollback", NAME)
    assert shop.ViewMigration.recordtype is shop.OldView
    shop.require_same(events[:310], shop.OldView)
    shop.ViewMigration.record(**events[310])
    assert dual_writer.flush(10)
    # And forth once more: nothing is doubled.
    shop.run("backfill", NAME)
    assert "The target matches the source." in shop.run("verify", NAME, "--full", "--behind", "0")
    shop.require_same(events[:311], shop.View)
    shop.run("rollback", NAME)
    shop.run("start", NAME)
    shop.run("backfill", NAME)
    shop.require_same(events[:311], shop.View)
    shop.require_same(events[:311], shop.OldView)


def test_both_sides_can_be_written_to_after_cutover(shop: Shop) -> None:
    events = make_events(60)
    shop.OldView.bulk_record(events[:20])
    for step in ("start", "backfill", "verify"):
        shop.run(step, NAME)
    assert "both sides" in shop.run("cutover", NAME, "--keep-dual-writes")
    for event in events[20:40]:
        shop.ViewMigration.record(**event)
    shop.View.bulk_record(events[40:50])
    shop.OldView.bulk_record(events[50:60])
    assert dual_writer.flush(10)
    shop.require_same(events, shop.OldView)
    shop.require_same(events, shop.View)
    shop.run("rollback", NAME)
    shop.require_same(events, shop.OldView)
    shop.run("verify", NAME, "--full", "--behind", "0")


@pytest.mark.parametrize(
    ("done", "step", "message"),
    [
        ((), ("backfill", NAME), "djelme_migrate start"),
        ((), ("verify", NAME), "djelme_migrate start"),
        ((), ("cutover", NAME), "djelme_migrate start"),
        ((), ("finish", NAME), "djelme_migrate start"),
        (("start",), ("verify", NAME), "djelme_migrate backfill"),
        (("start",), ("cutover", NAME), "djelme_migrate backfill"),
        (("start", "backfill"), ("cutover", NAME), "djelme_migrate verify"),
        (("start", "backfill", "verify"), ("finish", NAME), "djelme_migrate cutover"),
        ((), ("plan", "shop.Nothing"), "shop.ViewMigration"),
    ],
)
def test_a_wrong_order_names_the_next_step(
    shop: Shop, done: tuple[str, ...], step: tuple[str, ...], message: str
) -> None:
    shop.OldView.bulk_record(make_events(5))
    for each in done:
        shop.run(each, NAME)
    with pytest.raises(CommandError, match=message):
        shop.run(*step)


def test_without_its_template_the_target_gets_nothing(shop: Shop) -> None:
    shop.OldView.bulk_record(make_events(5))
    shop.View.get_backend().delete_template(shop.View.get_timeseries_template_name())
    with pytest.raises(CommandError, match="djelme_backend_setup"):
        shop.run("start", NAME)
    assert list(shop.View.each_existing_index()) == []


def test_cutover_needs_a_fresh_proof(shop: Shop) -> None:
    events = make_events(50)
    shop.OldView.bulk_record(events)
    for step in ("start", "backfill", "verify"):
        shop.run(step, NAME)
    document = shop.documents(shop.View)[0]
    shop.View.get_backend().request("DELETE", f"/{document['_index']}/_doc/{document['_id']}")
    with pytest.raises(CommandError, match="--repair"):
        shop.run("verify", NAME)
    with pytest.raises(CommandError, match="--repair"):
        shop.run("cutover", NAME)
    shop.run("backfill", NAME)
    with pytest.raises(CommandError, match="--repair"):
        shop.run("cutover", NAME)
    shop.run("verify", NAME)
    shop.run("cutover", NAME)
    shop.require_same(events, shop.View)


def test_the_state_is_shown(shop: Shop) -> None:
    shop.OldView.bulk_record(make_events(30))
    assert NAME in shop.run("list")
    assert shop.run_json("list") == [
        {"migration": NAME, "source": "shop.OldView", "target": "shop.View", "phase": "new"}
    ]
    assert "djelme_migrate plan" in shop.run("status")
    shop.run("start", NAME)
    shop.run("backfill", NAME)
    (status,) = shop.run_json("status")
    assert (status["phase"], status["copied"]) == ("dual writes", 30)
    assert status["next"] == f"djelme_migrate verify {NAME}"
    assert all(index["complete"] for index in status["indexes"])
    found = shop.run_json("verify", NAME)
    assert found["matches"]
    assert {row["period"] for row in found["periods"]} <= {"2026.09", "2026.10"}
    assert sum(row["source"] for row in found["periods"]) == 30


def test_a_dry_run_writes_nothing(shop: Shop) -> None:
    shop.OldView.bulk_record(make_events(30))
    assert "30 documents were read" in shop.run("backfill", NAME, "--dry-run")
    assert list(shop.View.each_existing_index()) == []
    assert shop.run_json("status", NAME)["phase"] == "new"


def test_indexes_can_be_chosen(shop: Shop) -> None:
    events = make_events(200)
    shop.OldView.bulk_record(events)
    shop.run("start", NAME)
    first = next(iter(shop.OldView.each_existing_index()))
    with pytest.raises(CommandError, match="no index matches nothing"):
        shop.run("backfill", NAME, "--indexes", "nothing*")
    assert "Other indexes are left" in shop.run("backfill", NAME, "--indexes", first.name)
    day = first.period.start.date()
    shop.require_same([each for each in events if each["timestamp"].date() == day], shop.View)
    output = shop.run("backfill", NAME)
    assert "1 indexes were copied already" in output
    shop.require_same(events, shop.View)


def test_only_one_runner_at_a_time(shop: Shop) -> None:
    shop.OldView.bulk_record(make_events(300))
    shop.run("start", NAME)
    first = shop.start("backfill", NAME, "--rate", "30")
    try:
        owner = _wait_for_runner(shop, first)
        assert owner["owner"].startswith(f"process {first.pid} on ")
        with pytest.raises(CommandError, match=f"process {first.pid} on .* since {owner['since']}"):
            shop.run("backfill", NAME)
    finally:
        first.kill()
        first.communicate()
    # A dead runner holds nothing.
    assert "Everything is copied." in shop.run("backfill", NAME)


def _wait_for_runner(shop: Shop, process: subprocess.Popen[str]) -> Any:
    deadline = datetime.datetime.now() + datetime.timedelta(seconds=30)  # noqa: DTZ005 - only compared
    while datetime.datetime.now() < deadline:  # noqa: DTZ005 - only compared
        assert process.poll() is None, process.communicate()[0]
        runner = shop.run_json("status", NAME)["runner"]
        if runner is not None:
            return runner
    pytest.fail("the runner takes no lock")
