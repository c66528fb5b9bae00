"""What reports can count: reports, rows, other clusters, nothing; and when they are due."""

from __future__ import annotations

import datetime
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from djelme.errors import RecordTypeError
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.lifecycle.retention import delete_expired, find_expired
from elasticsearch_metrics.report import (
    Count,
    CountDistinct,
    Cumulative,
    Max,
    ReportError,
    Sum,
    read_status,
)

if TYPE_CHECKING:
    from djelme_testing.conformance import Site

YEARLY, MONTHLY, HOURLY = 1, 2, 4
_UTC = datetime.timezone.utc


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=_UTC)  # type: ignore[arg-type, misc]


@pytest.fixture
def usage(site: Site) -> Any:
    @site.set_up
    class Usage(Body):
        item: str
        session: str

    return Usage


@pytest.fixture
def monthly(site: Site, usage: Any) -> Any:
    @site.inherit(site.imp.CyclicReport)
    class Monthly(Body):
        CYCLE_TIMEDEPTH = MONTHLY
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item")
        item: str
        usages: int
        sessions: int
        so_far: int

        class Report:
            source = usage
            group_by = ("item",)
            usages = Count()
            sessions = CountDistinct("session")
            so_far = Cumulative("usages")

    Monthly.sync_index_template()
    return Monthly


@pytest.fixture
def yearly(site: Site, monthly: Any) -> Any:
    @site.inherit(site.imp.CyclicReport)
    class Yearly(Body):
        CYCLE_TIMEDEPTH = YEARLY
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item")
        item: str
        usages: int
        best: int

        class Report:
            source = monthly
            group_by = ("item",)
            usages = Sum("usages")
            best = Max("usages")

    Yearly.sync_index_template()
    return Yearly


def report_command(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("djelme_report", *arguments, format="json", stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


def add(usage: Any, *days: tuple[int, ...], item: str = "a") -> None:
    usage.bulk_record(
        {"timestamp": utc(*day), "item": item, "session": str(number)}
        for number, day in enumerate(days)
    )
    usage.refresh()


def test_what_is_due_is_built_in_order(usage: Any, monthly: Any, yearly: Any) -> None:
    add(usage, (2024, 1, 1), (2024, 1, 31), (2024, 3, 1))
    add(usage, (2024, 2, 29), item="b")
    rows = report_command("build", "--due", "--from", "2024", "--to", "2024")
    assert [row["cycle"] for row in rows[:12]] == [f"2024.{month:02d}" for month in range(1, 13)]
    assert [(row["report"], row["events"]) for row in rows[12:]] == [("myapp.Yearly", 3)]
    found = {hit.item: (hit.usages, hit.best) for hit in yearly.search()}
    assert found == {"a": (3, 2), "b": (1, 1)}
    assert report_command("build", "--due", "--from", "2024", "--to", "2024") == []
    so_far = [hit.so_far for hit in monthly.totals("2024", "2025", item="a")]
    assert so_far == [2, 3]
    add(usage, (2024, 1, 15))
    rows = report_command("build", "--due", "--dry-run", "--from", "2024", "--to", "2024")
    assert rows == [{"report": "myapp.Monthly", "cycle": "2024.01"}]
    rows = report_command("build", "--due", "--from", "2024", "--to", "2024")
    assert [(row["report"], row["cycle"]) for row in rows] == [
        ("myapp.Monthly", "2024.01"),
        ("myapp.Yearly", "2024"),
    ]
    assert {hit.item: hit.usages for hit in yearly.search()} == {"a": 4, "b": 1}


def test_status_says_what_came_and_went(usage: Any, monthly: Any) -> None:
    add(usage, (2024, 1, 1))
    monthly.build("2024-01")
    add(usage, (2024, 1, 2), (2024, 2, 1))
    january, february = read_status(monthly, "2024-01", "2024-03")
    assert (january.state.value, january.reason) == ("stale", "1 events came since")
    assert (february.state.value, february.reason) == ("missing", "never built")
    (shown,) = report_command("status", "--cycle", "2024-01")
    assert shown["cycles"][0]["events"] == 1
    assert shown["cycles"][0]["events_now"] == 2
    assert report_command("list")[0]["metrics"]["sessions"] == "CountDistinct"


def test_totals_and_the_last_cycles(usage: Any, monthly: Any) -> None:
    assert list(monthly.last_cycles()) == []
    add(usage, (2024, 1, 1), (2024, 3, 1))
    for month in ("2024-01", "2024-02", "2024-03"):
        monthly.build(month)
    filled = monthly.totals("2024-01", "2024-04", item="a", fill=True)
    assert [(hit.cycle_coverage, hit.usages) for hit in filled] == [
        ("2024.01", 1),
        ("2024.02", 0),
        ("2024.03", 1),
    ]
    assert len(monthly.totals("2024-01", "2024-04", item="a")) == 2
    assert [hit.cycle_coverage for hit in monthly.last_cycles()] == ["2024.03"]
    assert monthly.last_cycles(3).count() == 2
    with pytest.raises(TypeError, match="is given by item"):
        monthly.totals("2024", "2025", items="a")


def test_events_that_are_deleted_with_their_index_keep_their_figures(
    site: Site, usage: Any, monthly: Any
) -> None:
    add(usage, (2024, 1, 1), (2024, 2, 1))
    monthly.build("2024-01")
    monthly.build("2024-02")
    site.backend.delete_indexes([site.name("myapp_usage_2024.01.01")])
    january, february = read_status(monthly, "2024-01", "2024-03")
    assert (january.state.value, february.state.value) == ("kept", "fresh")
    assert report_command("build", "--due", "--from", "2024-01", "--to", "2024-02") == []
    with pytest.raises(ReportError, match="is kept"):
        monthly.build("2024-01")
    assert monthly.search().count() == 2


def test_rows_in_place_of_events(site: Site) -> None:
    @site.inherit(site.imp.CyclicReport)
    class Accounts(Body):
        CYCLE_TIMEDEPTH = MONTHLY
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "kind")
        kind: str
        number: int

        class Report:
            def rows(self, cycle: str) -> Any:
                assert cycle == "2024.01"
                yield {"kind": "user", "number": 3}
                yield {"kind": "group", "number": 1}

    Accounts.sync_index_template()
    result = Accounts.build("2024-01")
    assert (result.events, result.groups) == (2, 2)
    assert {hit.kind: hit.number for hit in Accounts.search()} == {"user": 3, "group": 1}
    again = Accounts.build("2024-01")
    assert (again.created, again.replaced, again.removed) == (0, 2, 0)
    (status,) = read_status(Accounts, "2024-01", "2024-02")
    assert status.state.value == "fresh"


def test_one_report_an_hour_over_a_change_of_clocks(site: Site, usage: Any) -> None:
    @site.inherit(site.imp.CyclicReport)
    class Hourly(Body):
        CYCLE_TIMEDEPTH = HOURLY
        usages: int
        sessions: int

        class Report:
            source = usage
            usages = Count()
            sessions = CountDistinct("session")

    Hourly.sync_index_template()
    zone = datetime.timezone(datetime.timedelta(hours=2))
    moments = [
        datetime.datetime(2024, 10, 27, 2, 30, tzinfo=zone),
        datetime.datetime(2024, 10, 27, 2, 30, tzinfo=zone) + datetime.timedelta(hours=1),
        utc(2024, 10, 27, 1),
    ]
    usage.bulk_record({"timestamp": it, "item": "a", "session": "s"} for it in moments)
    for hour in range(3):
        Hourly.build((2024, 10, 27, hour))
    found = {hit.cycle_coverage: (hit.usages, hit.sessions) for hit in Hourly.search()}
    assert found == {"2024.10.27.00": (1, 1), "2024.10.27.01": (2, 1)}


def test_a_report_on_a_source_without_an_index(monthly: Any) -> None:
    assert monthly.build("2024-01").groups == 0
    (status,) = read_status(monthly, "2024-01", "2024-02")
    assert (status.state.value, status.events) == ("fresh", 0)


def test_a_command_that_names_nothing_it_can_build(usage: Any, monthly: Any) -> None:
    for arguments, message in (
        (("build",), "say which cycles"),
        (("build", "myapp.Usage", "--due"), "is no report"),
        (("build", "myapp.Other", "--due"), "there is no report"),
        (("status", f"{monthly.djelme.label}s"), f"did you mean '{monthly.djelme.label}'"),
        (("build", "--cycle", "2024-13"), "cycle should be"),
        (("build", "--from", "2024-02", "--to", "2024-01"), "should not be after"),
        (("build", "--cycle", "2999-01"), "isn't over"),
    ):
        with pytest.raises(CommandError, match=message):
            report_command(*arguments)


def test_distinct_values_of_a_report_do_not_add_up(site: Site, monthly: Any) -> None:
    with pytest.raises(RecordTypeError, match="distinct counts don't add up"):

        @site.inherit(site.imp.CyclicReport)
        class Wrong(Body):
            CYCLE_TIMEDEPTH = YEARLY
            different: int

            class Report:
                source = monthly
                different = CountDistinct("item")


def test_a_source_in_another_backend(site: Site) -> None:
    other = {**site.options, "djelme_default_index_name_prefix": "other-"}
    with site.configured({"main": site.options, "other": other}):

        @site.declare
        class Event(Body):
            item: str

            class Index:
                using = "other"

        @site.inherit(site.imp.CyclicReport)
        class OfOther(Body):
            CYCLE_TIMEDEPTH = MONTHLY
            events: int

            class Report:
                source = Event
                events = Count()

            class Index:
                using = "main"

        Event.sync_index_template()
        OfOther.sync_index_template()
        Event.record(timestamp=utc(2024, 1, 1), item="a")
        assert OfOther.build("2024-01").events == 1


def test_events_are_kept_until_they_are_reported(site: Site) -> None:
    @site.set_up
    class Event(Body):
        item: str

        class Meta:
            timedepth = 2
            expiration = datetime.timedelta(days=90)
            keep_until_reported = True

    now = datetime.datetime.now(_UTC)
    Event.record(timestamp=utc(2024, 1, 1), item="a")
    assert "no report counts the type" in find_expired(Event, now)[0].blocker

    @site.inherit(site.imp.CyclicReport)
    class OfEvents(Body):
        CYCLE_TIMEDEPTH = MONTHLY
        events: int

        class Report:
            source = Event
            events = Count()

    OfEvents.sync_index_template()
    assert "OfEvents on 2024.01 is missing" in find_expired(Event, now)[0].blocker
    OfEvents.build("2024-01")
    Event.record(timestamp=utc(2024, 1, 2), item="a")
    assert "is stale" in find_expired(Event, now)[0].blocker
    OfEvents.build("2024-01")
    assert find_expired(Event, now)[0].blocker == ""
    delete_expired(Event, now)
    assert list(Event.each_existing_index()) == []
    assert [hit.events for hit in OfEvents.search()] == [2]
    (status,) = read_status(OfEvents, "2024-01", "2024-02")
    assert status.state.value == "kept"
