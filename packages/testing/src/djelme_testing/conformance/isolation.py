"""No type ever sees another type's records."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import BackendRefusedError, RecordNotFoundError
from djelme_testing.conformance.capability import Capability, needs
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.checks import check_djelme

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

__all__ = ("IsolationTests",)

_WHEN = datetime.datetime(2026, 2, 4, tzinfo=datetime.timezone.utc)


def _assert_apart(*recordtypes: Any) -> None:
    """Store one record of each type, and see that each finds its own only, in every way."""
    stored = {}
    for recordtype in recordtypes:
        recordtype.sync_index_template()
        stored[recordtype] = recordtype.record(timestamp=_WHEN)
    for recordtype in recordtypes:
        recordtype.refresh()
    for recordtype, record in stored.items():
        whole, ranged = (
            recordtype.search(),
            recordtype.search_timeseries_range((2026,), (2027,)),
        )
        for search in (whole, ranged):
            assert [hit.meta.id for hit in search] == [record.meta.id]
            assert [type(hit) for hit in search] == [recordtype]
        assert [index.name for index in recordtype.each_existing_index()] == [record.meta.index]
        assert recordtype.get(record.meta.id).meta.index == record.meta.index
        for other, others_record in stored.items():
            if other is not recordtype:
                with pytest.raises(RecordNotFoundError):
                    recordtype.get(others_record.meta.id)


class IsolationTests:
    """Types whose names are alike."""

    def test_apps_that_differ_by_an_underscore(self, site: Site) -> None:
        def declare(label: str) -> Any:
            @site.declare
            class UsageRecord(Body):
                class Meta:
                    app_label = label

            return UsageRecord

        _assert_apart(declare("my_app"), declare("myapp"), declare("my"))

    def test_types_whose_names_begin_alike(self, site: Site) -> None:
        @site.declare
        class Usage(Body):
            pass

        @site.declare
        class UsageRecord(Body):
            pass

        @site.declare
        class Usage2(Body):
            pass

        _assert_apart(Usage, UsageRecord, Usage2)

    def test_a_template_name_that_another_one_begins_with(self, site: Site) -> None:
        @site.declare
        class Views(Body):
            class Meta:
                template_name = "pviews"
                template = "pviews_20*"

        @site.declare
        class DailyViews(Body):
            class Meta:
                template_name = "pviews_daily"

        @site.declare
        class SecondViews(Body):
            class Meta:
                template_name = "pviews_2"

        _assert_apart(Views, DailyViews, SecondViews)

    def test_a_type_declared_later_is_kept_apart_too(self, site: Site) -> None:
        @site.set_up
        class Views(Body):
            class Meta:
                template_name = "pviews"
                template = "pviews_20*"

        record = Views.record(timestamp=_WHEN)

        @site.set_up
        class SecondViews(Body):
            class Meta:
                template_name = "pviews_2"

        SecondViews.record(timestamp=_WHEN)
        SecondViews.refresh()
        Views.refresh()
        assert [hit.meta.id for hit in Views.search()] == [record.meta.id]

    def test_types_that_this_site_does_not_know_are_kept_apart(self, site: Site) -> None:
        @site.set_up
        class Usage(Body):
            pass

        record = Usage.record(timestamp=_WHEN)
        for name in (
            "myapp_usage_daily_2026.02.04",
            "myapp_usage_reindexed",
            "myapp_usage_v2_2026",
        ):
            Usage(timestamp=_WHEN).save(index=site.name(name))
        site.backend.refresh((site.name("*"),))
        for search in (Usage.search(), Usage.search_timeseries_range((2026,), (2027,))):
            assert [hit.meta.id for hit in search] == [record.meta.id]
        assert [index.name for index in Usage.each_existing_index()] == [record.meta.index]

    def test_templates_that_overlap_are_found_by_the_system_checks(self, site: Site) -> None:
        @site.declare
        class Views(Body):
            class Meta:
                template_name = "pviews"

        @site.declare
        class DailyViews(Body):
            class Meta:
                template_name = "pviews_daily"

        @site.declare
        class App_Usage(Body):  # noqa: N801 - so that its name meets the next one's
            class Meta:
                app_label = "my"

        @site.declare
        class Usage(Body):
            class Meta:
                app_label = "my_app"

        found = [error for error in check_djelme() if error.id == "djelme.E010"]
        assert len(found) == 2
        first, second = found
        assert "myapp.Views and myapp.DailyViews" in first.msg
        assert site.name("pviews_*") in first.msg
        assert site.name("pviews_daily_*") in first.msg
        assert first.hint
        assert "my.App_Usage and my_app.Usage" in second.msg

    @needs(Capability.SEPARATE_TEMPLATES)
    def test_templates_that_overlap_are_refused(self, site: Site) -> None:
        @site.set_up
        class Views(Body):
            class Meta:
                template_name = "pviews"

        @site.declare
        class DailyViews(Body):
            class Meta:
                template_name = "pviews_daily"

        with pytest.raises(BackendRefusedError, match="pviews_"):
            DailyViews.sync_index_template()
