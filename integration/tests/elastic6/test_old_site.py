"""Metrics as a large site has written them for years, with mixins, hooks and reports of its own."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from elasticsearch_metrics import signals
from elasticsearch_metrics.imps.elastic6 import (
    Date,
    InnerDoc,
    Integer,
    Keyword,
    MetaField,
    Metric,
    Object,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance import Site

UTC = datetime.timezone.utc


class CountMixin:
    """What a site adds to all of its metrics."""

    @classmethod
    def count_of(cls: Any, item: str, after: datetime.datetime | None = None) -> int:
        search = cls.search().filter("match", item=item)
        if after is not None:
            search = search.filter("range", timestamp={"gte": after})
        search.aggs.metric("total", "sum", field="count")
        return int(search.extra(size=0).execute().aggregations.total.value)

    @classmethod
    def names_of_indexes(cls: Any) -> set[str]:
        return set(cls._index.get_alias())


class PageviewInfo(InnerDoc):
    page_url = Keyword()
    page_path = Keyword(fields={"words": Text()})
    hour_of_day = Integer()


class RunningTotal(InnerDoc):
    total = Integer()
    total_daily = Integer()


class YearMonth(Date):
    """A field of the site's own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, format="strict_year_month", **kwargs)


@pytest.fixture
def usage(site: Site) -> Any:
    class SiteMetric(CountMixin, Metric):
        class Meta:
            abstract = True

    @site.inherit(SiteMetric)
    class CountedUsage:
        item = Keyword()
        surrounding = Keyword()
        labels = Keyword()
        platform = Keyword()
        count = Integer()
        pageview = Object(PageviewInfo)

        class Meta:
            dynamic = MetaField("strict")
            source = MetaField(enabled=True)

        def save(self: Any, *args: Any, **kwargs: Any) -> Any:
            self.timestamp = self.timestamp or datetime.datetime.now(UTC)
            if self.pageview and self.pageview.page_url:
                self.pageview.page_path = "/" + self.pageview.page_url.split("/", 3)[-1].strip("/")
                self.pageview.hour_of_day = self.timestamp.hour
            self.platform = self.platform or "https://site.example"
            return super(type(self), self).save(*args, **kwargs)

    CountedUsage.sync_index_template()
    return CountedUsage


def test_a_hook_fills_in_and_values_may_be_lists(usage: Any) -> None:
    usage.record(
        item="a",
        count=1,
        surrounding=["x", "y"],
        labels=["view", "web"],
        pageview={"page_url": "https://site.example/a/files/"},
        timestamp=datetime.datetime(2024, 5, 1, 7, tzinfo=UTC),
    )
    usage(item="a", count=2, labels="api").save()
    usage.refresh()
    old, new = usage.search().sort("timestamp").execute()
    assert (old.surrounding, old.labels, new.labels) == (["x", "y"], ["view", "web"], "api")
    assert (old.pageview.page_path, old.pageview.hour_of_day) == ("/a/files", 7)
    assert (old.platform, new.platform) == ("https://site.example",) * 2
    search = usage.search()
    search.aggs.bucket("by", "terms", field="surrounding").metric("n", "cardinality", field="item")
    assert {bucket.key for bucket in search.execute().aggregations.by.buckets} == {"x", "y"}


def test_a_mixin_counts_and_names_the_indexes(usage: Any) -> None:
    first = usage.record(item="a", count=3, timestamp=datetime.datetime(2024, 5, 1, tzinfo=UTC))
    second = usage.record(item="a", count=4)
    usage._index.refresh()
    assert usage.count_of("a") == 7
    assert usage.count_of("a", after=datetime.datetime(2025, 1, 1, tzinfo=UTC)) == 4
    assert usage.names_of_indexes() == {first.meta.index, second.meta.index}


@pytest.fixture
def ids_of_reports() -> Iterator[None]:
    """A receiver that gives each report the id of its day."""

    def set_id(sender: Any, instance: Any, **_kwargs: Any) -> None:
        if hasattr(sender, "UNIQUE_FIELD"):
            instance.meta.id = f"{instance.report_date}-{getattr(instance, sender.UNIQUE_FIELD)}"

    signals.pre_save.connect(set_id)
    yield
    signals.pre_save.disconnect(set_id)


@pytest.mark.usefixtures("ids_of_reports")
def test_a_daily_report_is_replaced(site: Site) -> None:
    @site.inherit(Metric)
    class InstitutionReport:
        UNIQUE_FIELD = "institution"
        report_date = Date(format="strict_date", required=True)
        institution = Keyword()
        users = Object(RunningTotal)

        class Meta:
            source = MetaField(enabled=True)

    InstitutionReport.sync_index_template()
    day = datetime.date(2024, 5, 1)
    for total in (3, 4):
        users = RunningTotal(total=total, total_daily=1)
        InstitutionReport(report_date=day, institution="i", users=users).save()
    InstitutionReport.record(report_date=day, institution="j", users={"total": 9})
    InstitutionReport.refresh()
    found = InstitutionReport.search().sort("institution").execute()
    assert [(hit.meta.id, hit.users.total) for hit in found] == [
        ("2024-05-01-i", 4),
        ("2024-05-01-j", 9),
    ]


def test_the_newest_month_is_asked_for_by_a_field_of_the_sites_own(site: Site) -> None:
    @site.inherit(Metric)
    class SpamReport:
        month = YearMonth(required=True)
        confirmed = Integer()

        class Meta:
            source = MetaField(enabled=True)

    SpamReport.sync_index_template()
    for month in ("2024-05", "2024-06"):
        SpamReport.record(month=month, confirmed=2)
    SpamReport.refresh()
    search = SpamReport.search().update_from_dict({"size": 0})
    search.aggs.bucket("newest", "terms", field="month", order={"_key": "desc"}, size=1)
    (bucket,) = search.execute().aggregations.newest.buckets
    assert bucket.key_as_string == "2024-06"
