"""Figures of records on a real cluster."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from djelme_testing.conformance.site import Body
from elasticsearch_metrics.statistics.field import StatisticsError, countable_fields
from elasticsearch_metrics.statistics.query import RecordStatistics, ValueCount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance import Site

UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.fixture
def usage(site: Site) -> Iterator[Any]:
    """A type that is set up and has no record."""

    @site.set_up
    class Usage(Body):
        item_id: int
        name: str | None
        tags: list[str]
        ok: bool | None
        ratio: float | None
        day: datetime.date | None

        class Meta:
            timedepth = 2

    return Usage


def record_at(usage: Any, *moments: datetime.datetime, **fields: Any) -> None:
    usage.bulk_record({"timestamp": when, "item_id": 1, **fields} for when in moments)
    usage.refresh()


def test_without_a_record(usage: Any) -> None:
    for statistics in (RecordStatistics(usage), RecordStatistics(usage, "2026", "2027")):
        totals = statistics.totals()
        assert (totals.records, totals.oldest, totals.newest) == (0, None, None)
        top = statistics.top("name")
        assert (top.values, top.distinct, top.missing, top.others) == ((), 0, 0, 0)
    assert RecordStatistics(usage).histogram("day").buckets == ()
    months = RecordStatistics(usage, "2026", "2027").histogram("month").buckets
    assert [bucket.records for bucket in months] == [0] * 12


def test_without_being_set_up(site: Site) -> None:
    @site.declare
    class Usage(Body):
        item_id: int

    assert RecordStatistics(Usage).totals().records == 0  # type: ignore[arg-type]
    assert RecordStatistics(Usage).histogram("hour").buckets == ()  # type: ignore[arg-type]
    assert RecordStatistics(Usage).top("item_id").values == ()  # type: ignore[arg-type]


def test_the_first_and_the_last_record(usage: Any) -> None:
    first, last = utc(2025, 12, 31, 23, 59, 59, 999000), utc(2026, 11, 24)
    record_at(usage, last, first, utc(2026, 3, 3))
    totals = RecordStatistics(usage).totals()
    assert (totals.records, totals.oldest, totals.newest) == (3, first, last)
    within = RecordStatistics(usage, "2026", last).totals()
    assert (within.records, within.oldest, within.newest) == (1, utc(2026, 3, 3), utc(2026, 3, 3))
    assert RecordStatistics(usage, None, "2026").totals().records == 1
    assert RecordStatistics(usage, "2026").totals().records == 2


@pytest.mark.parametrize(
    ("interval", "starts"),
    [
        ("year", [utc(2024, 1, 1), utc(2025, 1, 1)]),
        ("quarter", [utc(2024, 10, 1), utc(2025, 1, 1)]),
        ("month", [utc(2024, 12, 1), utc(2025, 1, 1)]),
        ("week", [utc(2024, 12, 30)]),
        ("day", [utc(2024, 12, 31), utc(2025, 1, 1)]),
        ("hour", [utc(2024, 12, 31, 23), utc(2025, 1, 1)]),
        ("minute", [utc(2024, 12, 31, 23, 59), utc(2025, 1, 1)]),
    ],
)
def test_periods_begin_where_the_server_begins_them(
    usage: Any, interval: str, starts: list[datetime.datetime]
) -> None:
    """Both sides of midnight at the turn of a year; one count that goes astray is noticed."""
    record_at(usage, utc(2024, 12, 31, 23, 59, 59, 999000), utc(2025, 1, 1))
    histogram = RecordStatistics(usage).histogram(interval)
    assert [bucket.start for bucket in histogram.buckets] == starts
    assert sum(bucket.records for bucket in histogram.buckets) == histogram.records == 2
    assert histogram.untimed == 0


def test_periods_without_records_are_there_too(usage: Any) -> None:
    record_at(usage, utc(2026, 1, 5), utc(2026, 1, 5), utc(2026, 1, 8))
    histogram = RecordStatistics(usage).histogram("day")
    assert [bucket.records for bucket in histogram.buckets] == [2, 0, 0, 1]
    bounded = RecordStatistics(usage, "2026-01-04", "2026-01-10").histogram("day")
    assert [bucket.records for bucket in bounded.buckets] == [0, 2, 0, 0, 1, 0]
    assert bounded.buckets[0].start == utc(2026, 1, 4)


def test_the_range_is_exact(usage: Any) -> None:
    millisecond = datetime.timedelta(milliseconds=1)
    noon = utc(2026, 1, 5, 12)
    record_at(usage, noon - millisecond, noon, noon + millisecond)
    (bucket,) = RecordStatistics(usage, noon, noon + millisecond).histogram("day").buckets
    assert bucket.records == 1


def test_too_many_periods(usage: Any) -> None:
    record_at(usage, utc(1990, 1, 1), utc(2026, 1, 1))
    for statistics in (RecordStatistics(usage), RecordStatistics(usage, "1990", "2026")):
        for interval in ("day", "hour", "minute"):
            with pytest.raises(StatisticsError, match="choose a longer interval"):
                statistics.histogram(interval)
    assert len(RecordStatistics(usage).histogram("month").buckets) == 433


def test_an_interval_that_fits(usage: Any) -> None:
    record_at(usage, utc(2026, 1, 1), utc(2026, 1, 31))
    statistics = RecordStatistics(usage)
    assert statistics.best_interval(statistics.totals()).name == "day"
    bounded = RecordStatistics(usage, "2020", "2027")
    assert bounded.best_interval(bounded.totals()).name == "quarter"


def test_the_most_frequent_values(usage: Any) -> None:
    usage.bulk_record(
        {
            "item_id": number % 4,
            "name": f"n{number % 3}" if number % 5 else None,
            "tags": ["all", f"t{number % 2}"],
            "ok": number % 4 == 0,
            "ratio": 0.5,
            "day": datetime.date(2026, 1, 1),
        }
        for number in range(20)
    )
    usage.refresh()
    statistics = RecordStatistics(usage)
    name = statistics.top("name")
    assert sorted((found.value, found.records) for found in name.values) == [
        ("n0", 5),
        ("n1", 6),
        ("n2", 5),
    ]
    assert name.values[0] == ValueCount("n1", 6)
    assert (name.missing, name.distinct, name.records) == (4, 3, 20)
    tags = statistics.top("tags", 1)
    assert (tags.values, tags.others) == ((ValueCount("all", 20),), 20)
    assert statistics.top("ok").values == (ValueCount(False, 15), ValueCount(True, 5))
    assert statistics.top("ratio").values == (ValueCount(0.5, 20),)
    assert statistics.top("day").values == (ValueCount(utc(2026, 1, 1), 20),)
    assert [found.records for found in statistics.top("item_id", 2).values] == [5, 5]
    assert statistics.top("item_id", 2).others == 10
    assert statistics.top("timestamp").distinct >= 1


def test_only_the_types_own_records_count(site: Site, usage: Any) -> None:
    @site.set_up
    class UsageMore(Body):
        item_id: int

    when = utc(2026, 1, 5)
    record_at(usage, when)
    record_at(UsageMore, when, when)
    statistics = RecordStatistics(usage)
    assert statistics.totals().records == 1
    assert statistics.histogram("day").records == 1
    assert statistics.top("item_id").records == 1


EVIL = (
    "../",
    "*",
    "name*",
    "-name",
    "na,me",
    "名",
    "_id",
    "_index",
    "_source",
    "x" * 300,
    "",
    "{}",
)


@pytest.mark.parametrize("evil", EVIL)
def test_fields_that_try_something(usage: Any, evil: str) -> None:
    with pytest.raises(StatisticsError, match=r"has no field .* \(fields that can be: day, "):
        RecordStatistics(usage).top(evil)


@pytest.mark.parametrize("evil", ["../", "*", "1s", "", "fortnight", "x" * 300])
def test_intervals_that_try_something(usage: Any, evil: str) -> None:
    with pytest.raises(StatisticsError, match=r"there is no interval .* year, quarter"):
        RecordStatistics(usage).histogram(evil)


@pytest.mark.parametrize("number", [0, -1, 1_001])
def test_numbers_that_are_too_small_or_large(usage: Any, number: int) -> None:
    with pytest.raises(StatisticsError, match="from 1 to 1,000"):
        RecordStatistics(usage).top("name", number)


@pytest.mark.parametrize("bound", ["../", "*", "2026-13", "x" * 300, "now-1d", ""])
def test_bounds_that_try_something(usage: Any, bound: str) -> None:
    with pytest.raises(ValueError, match="from_when"):
        RecordStatistics(usage, bound)


def test_records_without_time(site: Site) -> None:
    @site.inherit(site.imp.SimpleRecord)
    class Setting(Body):
        key: str

    Setting.sync_index_template()
    Setting.record(key="a")
    Setting.refresh()
    statistics = RecordStatistics(Setting)  # type: ignore[arg-type]
    assert statistics.totals().records == 1
    assert statistics.totals().oldest is None
    assert statistics.top("key").values == (ValueCount("a", 1),)
    with pytest.raises(StatisticsError, match="have no time"):
        statistics.histogram("day")
    with pytest.raises(StatisticsError, match="have no time"):
        RecordStatistics(Setting, "2026")  # type: ignore[arg-type]


def test_fields_that_cannot_be_counted(site: Site) -> None:
    dsl: Any = site.imp.EventRecord.dsl_module

    @site.set_up
    class Page(Body):
        title = dsl.Text(fields={"raw": dsl.Keyword()})
        body = dsl.Text()
        secret = dsl.Keyword(doc_values=False)

    Page.record(title="a b", body="c d", secret="e")
    Page.refresh()
    assert set(countable_fields(Page)) == {"timestamp", "title.raw"}
    statistics = RecordStatistics(Page)  # type: ignore[arg-type]
    assert statistics.top("title.raw").values == (ValueCount("a b", 1),)
    for field, kind in (("title", "text"), ("body", "text"), ("secret", "keyword")):
        with pytest.raises(StatisticsError, match=f"{field} can't be counted .* it is {kind}"):
            statistics.top(field)


def test_values_are_ranked_exactly_over_several_indexes(usage: Any) -> None:
    """The value that is most frequent altogether is so in no index."""
    for month in (1, 2, 3):
        start = utc(2026, month, 1)
        names = [f"m{month}-{number:03}" for number in range(50) for _ in range(2)] + ["common"]
        usage.bulk_record({"timestamp": start, "item_id": 1, "name": name} for name in names)
    usage.refresh()
    top = RecordStatistics(usage).top("name", 1)
    assert top.values == (ValueCount("common", 3),)
    assert top.error == 0


def test_periods_that_the_range_cuts_off(usage: Any) -> None:
    record_at(usage, utc(2025, 2, 20), utc(2025, 3, 2))
    months = RecordStatistics(usage, "2025-01-15", "2025-04-02").histogram("month").buckets
    assert [bucket.is_partial for bucket in months] == [True, False, False, True]
    now = datetime.datetime.now(UTC)
    record_at(usage, now)
    *_, present = RecordStatistics(usage).histogram("month").buckets
    assert present.is_partial
