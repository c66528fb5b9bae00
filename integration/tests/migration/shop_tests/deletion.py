"""What is deleted of the source is in the target; an index that holds anything else stays."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from django.core.management.base import CommandError

from elasticsearch_metrics.migration import Migration
from shop_tests.shop import BEGINNING, NAME, make_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from elasticsearch_metrics.migration import Hit
    from shop_tests.shop import Shop

__all__ = ("DeletionTests",)

_DELETE = "--delete-source"


class DeletionTests:
    """The step that deletes."""

    @pytest.fixture(autouse=True)
    def _confirmed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("builtins.input", lambda question: question.split()[1])

    @pytest.mark.slow  # an index for each of many bounds
    def test_what_is_out_of_bounds_stays(self, shop: Shop) -> None:
        class BoundedMigration(Migration):
            app_label = "shop"
            source = shop.OldView
            target = shop.View
            since = datetime.datetime(2026, 9, 29, 12, tzinfo=datetime.timezone.utc)
            until = "2026-10-02"

        start, end = BoundedMigration.bounds()
        assert start is not None
        assert end is not None
        events = make_events(150)
        shop.OldView.bulk_record(events)
        _finish(shop, BoundedMigration.name)
        output = shop.run("finish", BoundedMigration.name, _DELETE)
        assert "2 indexes were deleted" in output
        # The last of the days that stay has documents of both kinds.
        days = ("2026.09.28", "2026.09.29", "2026.10.02")
        for day in days:
            assert f"_{day} stays" in output
        kept = [each for each in events if f"{each['timestamp']:%Y.%m.%d}" in days]
        shop.require_same(kept, shop.OldView)
        shop.require_same([each for each in events if start <= each["timestamp"] < end], shop.View)
        with pytest.raises(CommandError, match="nothing was deleted"):
            shop.run("finish", BoundedMigration.name, _DELETE)
        with pytest.raises(CommandError, match="no way back"):
            shop.run("rollback", BoundedMigration.name)

    @pytest.mark.parametrize("change", ["new", "changed", "while asked"])
    def test_what_was_written_since_the_end_stays(
        self, shop: Shop, change: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        events = make_events(80)
        shop.OldView.bulk_record(events[:79])
        _finish(shop, NAME)
        (hit,) = (each for each in shop.documents(shop.OldView) if _number(each) == 3)

        def write() -> None:
            if change == "changed":
                _put(shop, hit, {**hit["_source"], "item": "another"})
            else:
                shop.OldView.record(**events[79])

        if change == "while asked":
            monkeypatch.setattr("builtins.input", _after(write))
        else:
            write()
        output = shop.run("finish", NAME, _DELETE)
        assert "4 indexes were deleted" in output
        (left,) = shop.OldView.each_existing_index()
        assert f"{left.name} stays" in output
        wanted = 3 if change == "changed" else 79
        assert wanted in {_number(each) for each in shop.documents(shop.OldView)}
        shop.require_same(events[:79], shop.View)

    def test_refused_documents_stay(self, shop: Shop) -> None:
        class PickyMigration(Migration):
            app_label = "shop"
            source = shop.OldView
            target = shop.View

            def convert(self, hit: Hit) -> Iterator[Mapping[str, Any]]:
                if hit.number == 7:
                    msg = "unlucky"
                    raise ValueError(msg)
                if hit.number != 8:
                    yield dict(hit)

        events = make_events(60)
        shop.OldView.bulk_record(events)
        output = _finish(shop, PickyMigration.name)
        assert "Everything is copied except 1 documents" in output
        assert "Everything is copied." not in output
        assert "The target matches the source, except for what it refuses." in output
        output = shop.run("finish", PickyMigration.name, _DELETE)
        assert "is refused by the target (convert() raised ValueError: unlucky)" in output
        left = {_number(each) for each in shop.documents(shop.OldView)}
        days = {each["number"]: each["timestamp"].date() for each in events}
        assert left == {number for number, day in days.items() if day == days[7]}
        if days[7] != days[8]:
            assert "Of 1 documents that will be deleted convert() makes nothing" in output

    def test_documents_that_became_one_stay(self, shop: Shop) -> None:
        class ItemView(shop.View.__mro__[1]):  # type: ignore[misc] # the type of its imp
            item: str
            number: int
            UNIQUE_TOGETHER_FIELDS = ("timestamp", "item")

            class Index:
                using = shop.imps[1]
                settings: ClassVar = {"number_of_shards": 1, "number_of_replicas": 0}

            class Meta:
                app_label = "shop"

        class ItemMigration(Migration):
            app_label = "shop"
            source = shop.OldView
            target = ItemView

            def convert(self, hit: Hit) -> Iterator[Mapping[str, Any]]:
                yield {"timestamp": hit.timestamp, "item": hit.item, "number": hit.number}

        ItemView.sync_index_template()
        next_day = BEGINNING + datetime.timedelta(days=1)
        shop.OldView.bulk_record(
            {"timestamp": moment, "item": "same", "number": number}
            for number, moment in enumerate((BEGINNING, BEGINNING, next_day))
        )
        for step in ("start", "backfill"):
            shop.run(step, ItemMigration.name)
        _put_phase(shop, ItemMigration, "finished")
        output = shop.run("finish", ItemMigration.name, _DELETE)
        assert "1 indexes were deleted" in output
        assert {_number(each) for each in shop.documents(shop.OldView)} == {0, 1}

    def test_fields_that_were_not_copied_stay(self, shop: Shop) -> None:
        events = make_events(60)
        shop.OldView.bulk_record(events)
        first = shop.documents(shop.OldView)[0]
        backend = shop.OldView.get_backend()
        backend.put_mapping(first["_index"], {"properties": {"older": {"type": "keyword"}}})
        _put(shop, first, {**first["_source"], "older": "precious"})
        _finish(shop, NAME)
        output = shop.run("finish", NAME, _DELETE)
        assert f"{first['_index']} stays: 1 documents have a field 'older'" in output
        assert {each["_index"] for each in shop.documents(shop.OldView)} == {first["_index"]}


def _finish(shop: Shop, name: str) -> str:
    output = "".join(
        shop.run(step, name, *options)
        for step, options in (
            ("start", ()),
            ("backfill", ()),
            ("verify", ("--full", "--behind", "0")),
            ("cutover", ("--accept-refused",)),
            ("finish", ()),
        )
    )
    assert "Dual writes are off" in output
    return output


def _put_phase(shop: Shop, migration: Any, phase: str) -> None:
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.phase import Phase

    MigrationContext(migration).keeper.change("test", phase=Phase(phase))
    assert shop.run_json("status", migration.name)["phase"] == phase


def _after(write: Callable[[], object]) -> Callable[[str], str]:
    def answer(question: str) -> str:
        write()
        return question.split()[1]

    return answer


def _number(hit: Mapping[str, Any]) -> int:
    number: int = hit["_source"]["number"]
    return number


def _put(shop: Shop, hit: Mapping[str, Any], source: Mapping[str, Any]) -> None:
    backend = shop.OldView.get_backend()
    path = f"/{hit['_index']}/{backend.features.document_type}/{hit['_id']}"
    backend.request("PUT", path, body=source)
