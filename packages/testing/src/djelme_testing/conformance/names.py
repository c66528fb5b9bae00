"""Where a record goes: the names of indexes and templates."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from djelme.errors import RecordTypeError
from djelme.timedepth import Timedepth
from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

__all__ = ("NameTests",)

_UTC = datetime.timezone.utc


def _hours(offset: float) -> datetime.timezone:
    return datetime.timezone(datetime.timedelta(hours=offset))


class NameTests:
    """Names, as they are found on the cluster."""

    def test_a_record_goes_to_the_index_of_its_day(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        record = UsageRecord.record(
            item_id=1, timestamp=datetime.datetime(2026, 11, 3, 4, 5, 6, tzinfo=_UTC)
        )
        assert record.meta.index == site.name("myapp_usagerecord_2026.11.03")
        assert site.index_names() == [record.meta.index]

    @pytest.mark.parametrize(
        ("timedepth", "time"),
        [(1, "2026"), (2, "2026.02"), (3, "2026.02.04"), (4, "2026.02.04.05")],
    )
    def test_timedepth_decides_how_much_of_the_time_a_name_has(
        self, site: Site, timedepth: int, time: str
    ) -> None:
        @site.set_up
        class UsageRecord(Body):
            Meta = type("Meta", (), {"timedepth": timedepth})

        record = UsageRecord.record(timestamp=datetime.datetime(2026, 2, 4, 5, 6, tzinfo=_UTC))
        assert record.meta.index == site.name(f"myapp_usagerecord_{time}")
        assert site.index_names() == [record.meta.index]

    @pytest.mark.parametrize(
        ("timestamp", "day"),
        [
            (datetime.datetime(2030, 1, 1, 1, tzinfo=_hours(5)), "2029.12.31"),
            (datetime.datetime(2029, 12, 31, 23, tzinfo=_hours(-5)), "2030.01.01"),
            (datetime.datetime(2026, 3, 1, 5, 29, 59, 999_999, tzinfo=_hours(5.5)), "2026.02.28"),
            (datetime.datetime(2028, 2, 29, 12), "2028.02.29"),  # noqa: DTZ001 - naive on purpose
        ],
        ids=["ahead of UTC", "behind UTC", "half an hour", "naive is UTC"],
    )
    def test_the_day_is_that_of_utc(
        self, site: Site, timestamp: datetime.datetime, day: str
    ) -> None:
        @site.set_up
        class UsageRecord(Body):
            pass

        record = UsageRecord.record(timestamp=timestamp)
        UsageRecord.bulk_record([{"timestamp": timestamp}])
        UsageRecord.refresh()
        assert site.index_names() == [site.name(f"myapp_usagerecord_{day}")]
        in_utc = timestamp.astimezone(_UTC) if timestamp.tzinfo else timestamp.replace(tzinfo=_UTC)
        in_utc = in_utc.replace(microsecond=in_utc.microsecond // 1000 * 1000)
        assert [hit.timestamp for hit in UsageRecord.search()] == [in_utc, in_utc]
        assert record.timestamp == in_utc

    def test_without_a_time_a_record_is_of_now(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            pass

        before = datetime.datetime.now(_UTC) - datetime.timedelta(milliseconds=1)
        record = UsageRecord.record()
        assert before <= record.timestamp <= datetime.datetime.now(_UTC)
        assert record.meta.index.endswith(record.timestamp.strftime("_%Y.%m.%d"))

    def test_types_without_timedepth_take_the_settings(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            pass

        record = UsageRecord(timestamp=datetime.datetime(2026, 2, 4, 5, tzinfo=_UTC))
        assert record.djelme_index_name() == site.name("myapp_usagerecord_2026.02.04")
        with site.configured({"main": site.options}, DJELME_DEFAULT_TIMEDEPTH=Timedepth.YEARLY):
            assert record.djelme_index_name() == site.name("myapp_usagerecord_2026")
        assert record.djelme_index_name() == site.name("myapp_usagerecord_2026.02.04")

    def test_a_template_name_also_names_the_indexes(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            class Meta:
                timedepth = 2
                template_name = "pviews"
                template = "pviews_2*"

        record = UsageRecord.record(timestamp=datetime.datetime(2026, 2, 4, tzinfo=_UTC))
        assert record.meta.index == site.name("pviews_2026.02")
        assert UsageRecord.get_timeseries_template_name() == site.name("pviews")
        template = site.backend.get_template(site.name("pviews"))
        assert template is not None
        assert template["index_patterns"] == [site.name("pviews_2*")]

    def test_the_published_librarys_names_of_options(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            class Meta:
                timeseries_index_timedepth = 1
                timeseries_recordtype_name = "usage_v2"
                timeseries_index_expiration = datetime.timedelta(days=90)

        record = UsageRecord(timestamp=datetime.datetime(2026, 2, 4, tzinfo=_UTC))
        assert record.djelme_index_name() == site.name("myapp_usage_v2_2026")
        assert UsageRecord.djelme.options.expiration == datetime.timedelta(days=90)

    def test_prefixes_of_backend_and_type(self, site: Site) -> None:
        @site.declare
        class One(Body):
            class Meta:
                timedepth = 1

        @site.declare
        class Other(Body):
            class Meta:
                timedepth = 1
                index_name_prefix = "own-"

        options = {**site.options, "djelme_default_index_name_prefix": "shared-"}
        with site.configured({"main": options}):
            for recordtype in (One, Other):
                recordtype.sync_index_template()
                recordtype.record(timestamp=datetime.datetime(2026, 2, 4, tzinfo=_UTC))
            assert site.index_names() == [
                site.name("own-myapp_other_2026"),
                site.name("shared-myapp_one_2026"),
            ]
            site.clean()

    def test_an_app_label_is_lower_cased_and_nothing_else(self, site: Site) -> None:
        @site.declare
        class PageView(Body):
            class Meta:
                app_label = "My_App"

        assert PageView.get_timeseries_template_name() == site.name("my_app_pageview")
        assert PageView.get_timeseries_template_pattern() == site.name("my_app_pageview_*")

    @pytest.mark.parametrize("name", ["PViews", "a b", "a*", "a/b", "x" * 250])
    def test_names_that_the_engine_refuses(self, site: Site, name: str) -> None:
        @site.declare
        class UsageRecord(Body):
            Meta = type("Meta", (), {"template_name": name})

        with pytest.raises(RecordTypeError, match=r"UsageRecord.*can't be used"):
            UsageRecord.get_timeseries_template_name()
        with pytest.raises(RecordTypeError, match=r"UsageRecord.*can't be used"):
            UsageRecord.record()

    def test_an_index_can_be_named(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            pass

        timestamp = datetime.datetime(2026, 2, 4, tzinfo=_UTC)
        record = UsageRecord(timestamp=timestamp)
        record.save(index=site.name("myapp_usagerecord_2026.2.4."))
        assert site.index_names() == [site.name("myapp_usagerecord_2026.2.4.")]
        assert record.meta.index == site.name("myapp_usagerecord_2026.2.4.")
