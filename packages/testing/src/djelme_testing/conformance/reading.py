"""Finding again what was stored."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from djelme.timedepth import Timedepth
from djelme_testing.conformance.capability import Capability, needs
from djelme_testing.conformance.dataset import utc
from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

__all__ = ("ReadingTests",)


def _usage(site: Site) -> Any:
    @site.set_up
    class UsageRecord(Body):
        item_id: int

    return UsageRecord


class ReadingTests:
    """Searches, single records, and the indexes that there are."""

    def test_hits_are_instances_of_the_type(self, site: Site) -> None:
        usage = _usage(site)
        record = usage.record(item_id=5, timestamp=utc(2026, 2, 4, 5, 6, 7, 8))
        usage.refresh()
        for search in (usage.search(), usage.search_timeseries_range((2026,), (2027,))):
            (hit,) = search
            assert type(hit) is usage
            assert (hit.meta.id, hit.meta.index) == (record.meta.id, record.meta.index)
            assert (hit.item_id, hit.timestamp) == (5, utc(2026, 2, 4, 5, 6, 7, 8))

    def test_a_search_before_anything_is_stored_finds_nothing(self, site: Site) -> None:
        usage = _usage(site)
        assert list(usage.search()) == []
        assert usage.search().count() == 0
        usage.refresh()
        assert list(usage.each_existing_index()) == []

    def test_a_record_is_got_by_its_id(self, site: Site) -> None:
        usage = _usage(site)
        record = usage.record(item_id=5, timestamp=utc(2026, 2, 4))
        # With its index at once, without it after a refresh.
        assert usage.get(record.meta.id, index=record.meta.index).item_id == 5
        usage.refresh()
        found = usage.get(id=record.meta.id)
        assert type(found) is usage
        assert (found.item_id, found.meta.index) == (5, record.meta.index)

    def test_a_record_exists_or_not(self, site: Site) -> None:
        usage = _usage(site)
        record = usage.record(item_id=5, timestamp=utc(2026, 2, 4))
        assert usage.exists(record.meta.id, index=record.meta.index)
        usage.refresh()
        assert usage.exists(record.meta.id)
        assert not usage.exists("nobody")

    def test_an_instance_knows_its_index(self, site: Site) -> None:
        """As the client's own bulk helper asks for it."""
        usage = _usage(site)
        action = usage(item_id=5, timestamp=utc(2026, 2, 4)).to_dict(include_meta=True)
        assert action["_index"] == site.name("myapp_usagerecord_2026.02.04")
        record = usage.record(item_id=5, timestamp=utc(2026, 2, 5))
        action = record.to_dict(include_meta=True)
        assert (action["_index"], action["_id"]) == (record.meta.index, record.meta.id)

    def test_a_search_can_be_kept_to_some_indexes(self, site: Site) -> None:
        usage = _usage(site)
        records = [usage.record(item_id=day, timestamp=utc(2026, 2, day)) for day in (3, 4, 5)]
        usage.refresh()
        first, second, third = (record.meta.index for record in records)
        assert [hit.item_id for hit in usage.search(index=second)] == [4]
        assert sorted(hit.item_id for hit in usage.search(index=f"{first},{third}")) == [3, 5]

    def test_existing_indexes_are_told_oldest_first(self, site: Site) -> None:
        usage = _usage(site)
        base = site.name("myapp_usagerecord")
        moments = [utc(2026, 2, 4), utc(2026, 2, 4), utc(2025, 12, 31), utc(2026, 11)]
        usage.bulk_record({"item_id": 1, "timestamp": moment} for moment in moments)
        for name, moment in (
            ("2026.2.14.", utc(2026, 2, 14)),
            ("2026.10.2.", utc(2026, 10, 2)),
            ("2024", utc(2024)),
            ("2026.1.", utc(2026, 1, 5)),
            ("2026.03", utc(2026, 3, 5)),
        ):
            usage(item_id=1, timestamp=moment).save(index=f"{base}_{name}")
        usage.refresh()
        found = list(usage.each_existing_index())
        assert [index.name.removeprefix(f"{base}_") for index in found] == [
            "2024",
            "2025.12.31",
            "2026.1.",
            "2026.02.04",
            "2026.2.14.",
            "2026.03",
            "2026.10.2.",
            "2026.11.01",
        ]
        by_name = {index.name.removeprefix(f"{base}_"): index for index in found}
        assert by_name["2026.02.04"].documents == 2
        assert by_name["2026.2.14."].documents == 1
        assert by_name["2026.1."].period.timedepth is Timedepth.MONTHLY
        assert by_name["2026.1."].period.start == utc(2026)
        assert by_name["2026.1."].period.end == utc(2026, 2)
        assert by_name["2026.2.14."].period.start == utc(2026, 2, 14)
        assert by_name["2024"].period.end == utc(2025)
        assert all(index.shards == 1 and index.bytes > 0 for index in found)

    def test_indexes_that_others_named_are_searched(self, site: Site) -> None:
        usage = _usage(site)
        base = site.name("myapp_usagerecord")
        for item_id, name in enumerate(("2026.2.14.", "2026.2.", "2026.", "2026.2.14.7.")):
            usage(item_id=item_id, timestamp=utc(2026, 2, 14, 7)).save(index=f"{base}_{name}")
        usage.refresh()
        whole = usage.search()
        day = usage.search_timeseries_range((2026, 2, 14), (2026, 2, 15))
        hour = usage.search_timeseries_range((2026, 2, 14, 7), (2026, 2, 14, 8))
        other = usage.search_timeseries_range((2026, 2, 13), (2026, 2, 14))
        for search in (whole, day, hour):
            assert sorted(hit.item_id for hit in search) == [0, 1, 2, 3]
        assert list(other) == []
        assert len(list(usage.each_existing_index())) == 4

    @needs(Capability.ALIASES)
    def test_an_index_behind_an_alias_is_the_types(self, site: Site) -> None:
        """Tools that reindex or shrink leave the old name as an alias of the new index."""

        @site.set_up
        class UsageRecord(Body):
            item_id: int

            class Index:
                aliases: ClassVar[dict[str, Any]] = {site.name("myapp_usagerecord_2024.05.01"): {}}
                settings: ClassVar[dict[str, Any]] = {"number_of_shards": 1}

        base = site.name("myapp_usagerecord")
        name = f"{base}_reindexed"
        UsageRecord(item_id=7, timestamp=utc(2024, 5, 1)).save(index=name)
        UsageRecord.refresh()
        (status,) = UsageRecord.each_existing_index()
        assert (status.name, status.alias) == (name, f"{base}_2024.05.01")
        assert (status.documents, status.period.start) == (1, utc(2024, 5, 1))
        for search in (
            UsageRecord.search(),
            UsageRecord.search(index=status.alias),
            UsageRecord.search_timeseries_range((2024, 5, 1), (2024, 5, 2)),
        ):
            (hit,) = search
            assert type(hit) is UsageRecord
            assert hit.timestamp == utc(2024, 5, 1)

    def test_names_that_are_no_times_are_left_alone(self, site: Site) -> None:
        usage = _usage(site)
        base = site.name("myapp_usagerecord")
        for name in ("reindexed", "2026.02.30", "2026.2.14", "20260214"):
            usage(item_id=1, timestamp=utc(2026, 2, 14)).save(index=f"{base}_{name}")
        assert list(usage.each_existing_index()) == []

    @needs(Capability.DSL, Capability.QUERY_ENGINE)
    def test_ranges_take_queries_and_aggregations(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int
            path: str

            class Meta:
                timedepth = 2

        start = utc(2026)
        UsageRecord.bulk_record(
            {
                "item_id": number % 3,
                "path": f"/{number % 2}",
                "timestamp": start + datetime.timedelta(days=7 * number),
            }
            for number in range(20)
        )
        UsageRecord.refresh()
        search = UsageRecord.search_timeseries_range((2026, 2), (2026, 4))
        moments = [start + datetime.timedelta(days=7 * number) for number in range(20)]
        numbers = [
            number for number, moment in enumerate(moments) if utc(2026, 2) <= moment < utc(2026, 4)
        ]
        assert search.count() == len(numbers)
        search.aggs.bucket("paths", "terms", field="path").metric(
            "different", "cardinality", field="item_id"
        )
        response = search.filter("term", item_id=1).execute()
        expected = [f"/{number % 2}" for number in numbers if number % 3 == 1]
        buckets = {bucket.key: bucket.doc_count for bucket in response.aggregations.paths.buckets}
        assert buckets == {path: expected.count(path) for path in set(expected)}
        assert all(bucket.different.value == 1 for bucket in response.aggregations.paths.buckets)
        assert {type(hit) for hit in response} == {UsageRecord}
        scanned = list(UsageRecord.search_timeseries_range((2026, 2), (2026, 4)).scan())
        assert sorted(hit.timestamp for hit in scanned) == [moments[number] for number in numbers]

    @pytest.mark.parametrize("size", [1, 3])
    def test_a_search_can_be_sliced_and_sorted(self, site: Site, size: int) -> None:
        usage = _usage(site)
        usage.bulk_record({"item_id": number, "timestamp": utc(2026, 2)} for number in range(5))
        usage.refresh()
        hits = usage.search().sort("-item_id")[1 : 1 + size]
        assert [hit.item_id for hit in hits] == [3, 2, 1][:size]
