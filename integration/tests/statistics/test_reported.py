"""Figures from reports are those that the records give, and stay when these are deleted."""

from __future__ import annotations

import datetime
import io
import itertools
import json
import random
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command

from djelme.interval import INTERVALS
from djelme.timedepth import DAILY, MONTHLY
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report import Count, Max, Min
from elasticsearch_metrics.report.state import ReportStore
from elasticsearch_metrics.statistics.query import RecordStatistics
from elasticsearch_metrics.statistics.survey import compare, survey
from elasticsearch_metrics.usage import usage_of_many

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from djelme_testing.conformance import Site

UTC = datetime.timezone.utc
_FIRST, _END = datetime.datetime(2024, 1, 1, tzinfo=UTC), datetime.datetime(2024, 7, 1, tzinfo=UTC)


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.fixture(autouse=True)
def clean_state(site: Site) -> Iterator[None]:
    yield
    site.backend.delete_template(site.name("djelme_reports"))


@pytest.fixture
def usage(site: Site) -> Any:
    """A type with one index a month."""

    @site.set_up
    class Usage(Body):
        item: str
        action: str | None
        size: int
        session: str

        class Meta:
            timedepth = 2

    return Usage


def declare(site: Site, usage: Any, depth: int = MONTHLY, **more: Any) -> Any:
    """Return a report by item and action, which is set up."""

    class ItemReport(Body):
        CYCLE_TIMEDEPTH = depth
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item", "action")
        item: str
        action: str | None
        usages: int
        first: datetime.datetime
        last: datetime.datetime

        class Report:
            source = usage
            group_by = ("item", "action")
            usages = Count()
            first = Min("timestamp")
            last = Max("timestamp")

    for name, value in more.items():
        setattr(ItemReport.Report, name, value)
    report = site.declare(ItemReport, base=site.imp.CyclicReport)
    report.sync_index_template()
    return report


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - no secret


def make_events(number: int, rng: random.Random) -> list[dict[str, Any]]:
    """Return random events of half a year, some of them at the very edges of months."""
    edges = [utc(2024, month, 1) for month in range(1, 7)]
    edges += [edge - datetime.timedelta(milliseconds=1) for edge in edges[1:]]
    length = int((_END - _FIRST).total_seconds())
    events = []
    for at in range(number):
        when = edges[at] if at < len(edges) else _FIRST
        if at >= len(edges):
            when += datetime.timedelta(seconds=rng.randrange(length), milliseconds=rng.randrange(9))
        event = {
            "timestamp": when,
            "item": rng.choice(["a", "b", "é💡", "", *map(str, range(20))]),
            "size": rng.randrange(5),
            "session": str(rng.randrange(30)),
        }
        if rng.random() < 0.8:
            event["action"] = rng.choice(["view", "download", None])
        events.append(event)
    return events


def store(usage: Any, events: list[dict[str, Any]]) -> None:
    usage.bulk_record(events)
    usage.refresh()


def build(report: Any, *months: int) -> None:
    for month in months:
        report.build((2024, month))


class Searches:
    """Counts the searches of a site's backend."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, backend: Any) -> None:
        self.paths: list[str] = []
        request = backend.request

        def counted(method: str, path: str, **options: Any) -> Any:
            self.paths.append(path)
            return request(method, path, **options)

        monkeypatch.setattr(backend, "request", counted)

    def number(self) -> int:
        """Return how many there were since the last time."""
        searches = [path for path in self.paths if path.endswith("_search")]
        self.paths.clear()
        return len(searches)


def found(recordtype: Any, *bounds: Any, reports: Any = "all", **options: Any) -> Any:
    """Return what a survey finds, and where from."""
    queries = options.pop("queries", ())
    interval = INTERVALS[options.pop("interval", "month")]
    statistics = RecordStatistics(recordtype, *bounds, queries=queries, reports=reports)
    result = survey(statistics, interval, **options)
    histogram = result.histogram
    plain = {
        "periods": {bucket.start: bucket.records for bucket in histogram.buckets},
        "records": histogram.records,
        "untimed": histogram.untimed,
        "times": (result.totals.oldest, result.totals.newest),
        "top": result.top,
        "unique": result.unique,
    }
    return plain, result.source


_RANGES: list[tuple[Any, Any]] = [
    (None, None),
    ("2024", "2025"),
    ("2024-02", "2024-05"),
    ("2024-02-10", "2024-05-03T04:05:06.007"),
    ("2024-03-01T00:00:00.001", None),
    (None, "2024-03"),
    ("2024-03-05", "2024-03-06"),
    ("2024-09", "2024-10"),
]
_CONDITIONS: list[list[Mapping[str, Any]]] = [
    [],
    [{"term": {"item": "a"}}],
    [{"bool": {"must_not": [{"term": {"action": "view"}}]}}],
    [{"bool": {"must_not": [{"exists": {"field": "action"}}]}}, {"prefix": {"item": "1"}}],
    [{"terms": {"item": ["b", "é💡", ""]}}],
    [{"range": {"size": {"gte": 2}}}],
    [{"range": {"timestamp": {"gte": "2024-02-20T00:00:00.000Z"}}}],
]


@pytest.mark.parametrize(
    ("seed", "depth"),
    [(1, MONTHLY), (2, MONTHLY), (1, DAILY), pytest.param(2, DAILY, marks=pytest.mark.slow)],
)
def test_figures_from_reports_are_those_of_the_records(
    site: Site, usage: Any, depth: int, seed: int
) -> None:
    rng = seeded(seed)
    report = declare(site, usage, depth)
    store(usage, make_events(600, rng))
    if depth == MONTHLY:
        build(report, *rng.sample(range(1, 7), 4))
    else:
        for day in rng.sample(range(180), 20):
            report.build(_FIRST + datetime.timedelta(days=day))
    used = 0
    for bounds, queries in itertools.product(_RANGES, _CONDITIONS):
        asked = {
            "field": rng.choice([None, "action", "item", "size"]),
            "queries": queries,
            "interval": rng.choice(["month", "quarter", "year", "week", "day"]),
            "number": 3,
        }
        own, _source = found(usage, *bounds, reports="none", **asked)
        given, source = found(usage, *bounds, **asked)
        assert given == own, (bounds, asked, source)
        assert source.missing == 0
        used += bool(source.report)
    assert used > 5


def test_figures_stay_when_their_records_are_deleted(site: Site, usage: Any) -> None:
    report = declare(site, usage)
    store(usage, make_events(400, seeded(3)))
    build(report, *range(1, 6))
    before, source = found(usage, field="action", number=5)
    assert (source.report, source.cycles, source.kept) == (report.djelme.label, 5, 0)
    indexes = [status.name for status in usage.each_existing_index()]
    site.backend.delete_indexes(indexes[:3])
    after, source = found(usage, field="action", number=5)
    assert after == before
    assert (source.cycles, source.kept, source.missing) == (5, 3, 0)
    assert (source.start, source.end) == (_FIRST, utc(2024, 6, 1))
    assert source.built is not None


def test_what_can_not_come_from_reports_is_said_to_be_missing(site: Site, usage: Any) -> None:
    report = declare(site, usage)
    store(usage, make_events(400, seeded(4)))
    build(report, *range(1, 6))
    months, _source = found(usage)
    indexes = [status.name for status in usage.each_existing_index()]
    site.backend.delete_indexes(indexes[:2])
    # Days aren't in a monthly report.
    days, source = found(usage, interval="day")
    assert days["records"] < months["records"]
    assert (source.report, source.missing) == ("", 2)
    # A part of a month isn't, either.
    _part, source = found(usage, "2024-02-10", "2024-06")
    assert (source.cycles, source.kept, source.missing) == (3, 0, 1)
    # How many sessions there were can't be added up, so it isn't given at all.
    whole, source = found(usage, unique="session")
    assert (whole["unique"], whole["records"]) == (None, months["records"])
    assert source.kept == 2


def test_sessions_of_records_that_are_there_are_counted_from_them(site: Site, usage: Any) -> None:
    report = declare(site, usage)
    events = make_events(100, seeded(5))
    store(usage, events)
    build(report, *range(1, 7))
    given, source = found(usage, unique="session")
    assert given["unique"] == len({event["session"] for event in events})
    assert source.report == ""


def test_records_that_have_expired_but_are_there_are_not_missed(site: Site) -> None:
    @site.set_up
    class Usage(Body):
        item: str
        action: str | None
        size: int
        session: str

        class Meta:
            timedepth = 2
            expiration = datetime.timedelta(days=30)

    report = declare(site, Usage)
    store(Usage, make_events(100, seeded(17)))
    build(report, *range(1, 7))
    # Whether they are there is known as soon as they were counted.
    given, source = found(Usage, unique="session")
    assert (given["records"], source.report, source.missing) == (100, "", 0)
    assert given["unique"]
    assert found(Usage)[1].kept == 0
    # Where they weren't, it is not.
    assert found(Usage, interval="day")[1].missing == 6
    # Of a part that has not expired, nothing can be missed.
    now = datetime.datetime.now(UTC)
    assert found(Usage, now - datetime.timedelta(days=20), now)[1].missing == 0


def test_a_stale_cycle_comes_from_its_records(site: Site, usage: Any) -> None:
    report = declare(site, usage)
    store(usage, make_events(200, seeded(6)))
    build(report, *range(1, 7))
    late = {"timestamp": utc(2024, 3, 3), "item": "late", "size": 1, "session": "s"}
    store(usage, [late])
    given, source = found(usage, field="item", number=50)
    assert given == found(usage, field="item", number=50, reports="none")[0]
    assert source.report == ""
    # With the records of others gone, the stale one alone comes from its records.
    indexes = [status.name for status in usage.each_existing_index()]
    site.backend.delete_indexes(indexes[:1])
    again, source = found(usage, field="item", number=50)
    assert again == given
    assert (source.cycles, source.kept, source.missing) == (5, 1, 0)


def test_a_partial_or_changed_report_is_not_used(site: Site, usage: Any) -> None:
    report = declare(site, usage)
    now = datetime.datetime.now(UTC)
    store(usage, [{"timestamp": now, "item": "a", "size": 1, "session": "s"}])
    report.build(now, partial=True)
    assert found(usage)[1].report == ""
    store(usage, make_events(50, seeded(7)))
    build(report, 1, 2)
    assert found(usage)[1].cycles == 2
    other = report.report_definition.metrics
    other["first"] = Min("size")
    assert found(usage)[1].report == ""


def test_the_oldest_cycle_is_found_where_it_was_not_kept(site: Site, usage: Any) -> None:
    report = declare(site, usage)
    store(usage, make_events(100, seeded(18)))
    build(report, 3, 1, 2)
    state = ReportStore(report)
    assert state.complete_range() == ("2024.01", "2024.03")
    visible = state.get(":visible")
    assert visible is not None
    before = {name: it for name, it in visible.state.items() if name != "oldest"}
    state.overwrite(":visible", "visible", before)
    build(report, 4)
    assert state.complete_range() == ("", "2024.04")
    source = found(usage)[1]
    assert (source.start, source.cycles) == (_FIRST, 4)


def test_a_report_on_some_records_answers_for_these_only(site: Site, usage: Any) -> None:
    declare_query = {"term": {"item": "a"}}
    report = declare(site, usage, exclude=declare_query)
    store(usage, make_events(200, seeded(8)))
    build(report, *range(1, 7))
    assert found(usage)[1].report == ""
    queries = [{"bool": {"must_not": [declare_query]}}]
    given, source = found(usage, queries=queries)
    assert given == found(usage, queries=queries, reports="none")[0]
    assert source.cycles == 6


def test_a_report_that_was_tampered_with_is_not_used(site: Site, usage: Any) -> None:
    report = declare(site, usage)
    store(usage, make_events(200, seeded(9)))
    build(report, *range(1, 7))
    assert found(usage)[1].cycles == 6
    hit = report.search().filter("term", item="b").execute()[0]
    hit.delete(refresh=True)
    given, source = found(usage)
    assert source.report == ""
    assert given == found(usage, reports="none")[0]


def test_a_page_costs_one_search_more(
    site: Site, usage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = declare(site, usage)
    store(usage, make_events(200, seeded(10)))
    build(report, *range(1, 6))
    searches = Searches(monkeypatch, djelme_registry.placement(usage).backend)
    for bounds in ((None, None), ("2024-02", "2024-04"), ("2024-02-03", None)):
        found(usage, *bounds, reports="none", field="item")
        assert searches.number() == 1
        assert found(usage, *bounds, field="item")[1].report
        assert searches.number() == 2
    build(report, 6)
    store(usage, [{"timestamp": utc(2024, 6, 3), "item": "late", "size": 1, "session": "s"}])
    searches.number()
    assert found(usage, field="item")[1].report == ""
    assert searches.number() == 2
    statistics = RecordStatistics(usage, "2024-04", "2024-07", reports="all")
    result = survey(statistics, INTERVALS["month"])
    searches.number()
    assert compare(statistics, result.histogram)["before"].records
    assert searches.number() == 1


def test_a_range_is_compared_with_one_whose_records_are_deleted(site: Site, usage: Any) -> None:
    report = declare(site, usage)
    store(usage, make_events(400, seeded(11)))
    build(report, *range(1, 7))
    statistics = RecordStatistics(usage, "2024-04", "2024-07", reports="all")
    histogram = survey(statistics, INTERVALS["month"]).histogram
    before = compare(statistics, histogram, "before")
    indexes = [status.name for status in usage.each_existing_index()]
    site.backend.delete_indexes(indexes[:3])
    assert compare(statistics, histogram, "before") == before
    # A part of a month that is deleted is nothing to compare with.
    statistics = RecordStatistics(usage, "2024-05-10", "2024-07", reports="all")
    histogram = survey(statistics, INTERVALS["month"]).histogram
    assert compare(statistics, histogram, "before") == {}


def said(*arguments: str) -> tuple[str, str]:
    """Return what the command says, and what it says of it on stderr."""
    out, err = io.StringIO(), io.StringIO()
    call_command("djelme_stats", *arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def test_the_command_names_the_report(site: Site, usage: Any) -> None:
    report = declare(site, usage)
    store(usage, make_events(300, seeded(13)))
    build(report, *range(1, 7))
    label = usage.djelme.label
    before, note = said(label, "--by", "action", "--interval", "month")
    assert note.startswith("6 cycles from 2024-01-01 00:00 to 2024-07-01 00:00: from the report")
    site.backend.delete_indexes([status.name for status in usage.each_existing_index()])
    after, note = said(label, "--by", "action", "--interval", "month")
    assert after == before
    assert "6 of them of deleted records" in note
    document = json.loads(said(label, "--format", "json")[0])
    assert document["records"] == 300
    assert document["histogram"]["interval"] == "month"
    source = document["from"]
    assert source.pop("built") > "2026"
    assert source == {
        "report": report.djelme.label,
        "since": "2024-01-01T00:00:00.000Z",
        "until": "2024-07-01T00:00:00.000Z",
        "cycles": 6,
        "kept": 6,
    }
    document = json.loads(said(label, "--format", "json", "--interval", "day")[0])
    assert (document["records"], document["from"], document["missing_cycles"]) == (0, "events", 6)
    assert "The records of 6 cycles have expired" in said(label, "--interval", "day")[1]


def test_usage_of_items_outlives_its_records(
    site: Site, usage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = declare(site, usage)
    events = make_events(300, seeded(14))
    store(usage, events)
    build(report, *range(1, 6))
    options = {"field": "item", "action": "action", "timeout": 30, "max_age": 0}
    searches = Searches(monkeypatch, djelme_registry.placement(usage).backend)
    before = usage_of_many(usage, ["a", "b", "none"], **options)
    assert searches.number() == 1
    assert before["a"].total == sum(event["item"] == "a" for event in events)
    assert before["a"].source.report == ""
    indexes = [status.name for status in usage.each_existing_index()]
    site.backend.delete_indexes(indexes[:3])
    searches.number()
    after = usage_of_many(usage, ["a", "b", "none"], **options)
    assert searches.number() == 2
    assert after["a"].source.kept == 3
    for item, given in after.items():
        assert given.total == before[item].total
        assert given.by_action == before[item].by_action
        assert given.since == before[item].since
    # Sessions aren't guessed.
    sessions = usage_of_many(usage, ["a"], unique="session", **options)["a"]
    assert (sessions.unique, sessions.total) == (None, before["a"].total)


def test_reports_on_a_hung_cluster_are_not_waited_for(site: Site) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        hung = {**site.options, "hosts": f"http://127.0.0.1:{server.getsockname()[1]}"}
        with site.configured({"main": site.options, "other": hung}):

            @site.set_up
            class Usage(Body):
                item: str

                class Index:
                    using = "main"

            for name in ("Monthly", "Daily"):

                class OfItems(Body):
                    CYCLE_TIMEDEPTH = MONTHLY if name == "Monthly" else DAILY
                    usages: int

                    class Report:
                        source = Usage
                        usages = Count()

                    class Index:
                        using = "other"

                OfItems.__name__ = name
                site.declare(OfItems, base=site.imp.CyclicReport)
            store(Usage, [{"timestamp": utc(2024, 3, 3), "item": "a"}])
            began = time.monotonic()
            given, source = found(Usage, "2024", "2025")
            assert (given["records"], source.report) == (1, "")
            # Each request would wait for ten seconds, and each report for three requests.
            assert time.monotonic() - began < 8


def test_kept_cycles_count_for_the_length_of_periods(site: Site, usage: Any) -> None:
    report = declare(site, usage)
    store(usage, make_events(100, seeded(12)))
    build(report, *range(1, 7))
    indexes = [status.name for status in usage.each_existing_index()]
    site.backend.delete_indexes(indexes[:5])
    statistics = RecordStatistics(usage, reports="all")
    own = RecordStatistics(usage)
    assert own.best_interval(own.totals()).name == "day"
    assert statistics.best_interval(own.totals()).name in {"week", "month"}
