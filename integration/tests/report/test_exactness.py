"""Whatever the events are, reports have exactly what a plain count in Python gives."""

from __future__ import annotations

import datetime
import itertools
import zoneinfo
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from djelme_testing.conformance.site import Body
from elasticsearch_metrics.report import (
    Count,
    CountDistinct,
    Cumulative,
    Latest,
    Max,
    Min,
    Sum,
    composite,
    counting,
)
from elasticsearch_metrics.report import build as build_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from djelme_testing.conformance import Site

YEARLY, MONTHLY, HOURLY = 1, 2, 4
_UTC = datetime.timezone.utc
_MILLISECOND = datetime.timedelta(milliseconds=1)
_BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
#: As many characters as `Note.ignore_above` lets Elasticsearch see.
_SEEN = 10

#: UTF-16 sorts the last two the other way round than UTF-8; the longest are all that Lucene takes.
_ITEMS = ["a", "b", "", "robot", "a\0b", "é💡", "ü" * 8_000, "x" * 32_766, "\uffff", "\U00010000"]
_SESSIONS = st.sampled_from(["s1", "s2", "s3", "", "\uffff", "\U00010000", "y" * 32_766])


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


def events_of(moments: Sequence[datetime.datetime]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return events at some of these moments; optional fields may be None or missing."""
    required = {
        "timestamp": st.sampled_from(moments),
        "item": st.sampled_from(_ITEMS),
        "tags": st.lists(st.sampled_from(["x", "y", "z", ""]), max_size=4),
        "codes": st.lists(st.sampled_from([-(2**63), -1, 0, 7, 2**63 - 1]), max_size=3),
    }
    optionals = {
        "action": optional(st.sampled_from(["view", "download"])),
        "session": optional(_SESSIONS),
        "size": optional(st.sampled_from([0, -1, 7, 50, 99, 2**40])),
        "weight": optional(st.sampled_from([0.5, 1.25, -3.0])),
        "note": optional(st.sampled_from(["n", "n" * _SEEN, "n" * (_SEEN + 1)])),
        "is_robot": optional(st.booleans()),
        "seen": optional(st.sampled_from(moments)),
    }
    return st.lists(st.fixed_dictionaries(required, optional=optionals), max_size=25)


# The plain count.

Events = list[dict[str, Any]]
Metric = tuple["Callable[[dict[str, Any]], bool]", "Callable[[Events], Any]"]


def anything(_event: Mapping[str, Any]) -> bool:
    return True


def is_big(event: Mapping[str, Any]) -> bool:
    return (event.get("size") or 0) >= 50


def is_view(event: Mapping[str, Any]) -> bool:
    return event.get("action") == "view"


def values(events: Iterable[Mapping[str, Any]], name: str) -> list[Any]:
    """Return the values of a field that Elasticsearch sees."""
    given = [event.get(name) for event in events]
    flat = itertools.chain.from_iterable(it if isinstance(it, list) else [it] for it in given)
    return [it for it in flat if it is not None and not (name == "note" and len(it) > _SEEN)]


def counted(
    events: Events,
    cycle: tuple[datetime.datetime, datetime.datetime],
    group_by: Sequence[str],
    metrics: Mapping[str, Metric],
    optional_fields: Iterable[str] = (),
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the figures of each group of a cycle."""
    groups: dict[tuple[Any, ...], Events] = defaultdict(list)
    for event in events:
        if not (cycle[0] <= event["timestamp"] < cycle[1] and event["item"] != "robot"):
            continue
        parts = [
            set(values([event], name)) or ({None} if name in optional_fields else set())
            for name in group_by
        ]
        for group in itertools.product(*parts):
            groups[group].append(event)
    return {
        group: {
            name: figure([event for event in members if is_counted(event)])
            for name, (is_counted, figure) in metrics.items()
        }
        for group, members in groups.items()
    }


def distinct(name: str) -> Callable[[Events], int]:
    return lambda events: len(set(values(events, name)))


def least(name: str) -> Callable[[Events], Any]:
    return lambda events: min(values(events, name), default=None)


def greatest(name: str) -> Callable[[Events], Any]:
    return lambda events: max(values(events, name), default=None)


def total(name: str) -> Callable[[Events], Any]:
    return lambda events: sum(values(events, name))


#: What `Figures` below declares.
_METRICS: dict[str, Metric] = {
    "usages": (anything, len),
    "big": (is_big, len),
    "sessions": (anything, distinct("session")),
    "big_sessions": (is_big, distinct("session")),
    "sizes": (anything, distinct("size")),
    "notes": (anything, distinct("note")),
    "codes_seen": (anything, distinct("codes")),
    "total": (anything, total("size")),
    "view_weight": (is_view, total("weight")),
    "least": (is_view, least("size")),
    "most": (anything, greatest("size")),
    "first": (anything, least("timestamp")),
    "last_seen": (is_big, greatest("seen")),
}
_BIG = {"range": {"size": {"gte": 50}}}
_VIEW = {"term": {"action": "view"}}


class Figures(Body):
    """The fields of all reports on events here, and what is counted of them."""

    usages: int
    big: int
    sessions: int
    big_sessions: int
    sizes: int
    notes: int
    codes_seen: int
    total: int
    view_weight: float
    least: int | None
    most: int | None
    first: datetime.datetime
    last_seen: datetime.datetime | None

    class Report:
        exclude = {"term": {"item": "robot"}}  # noqa: RUF012 - as sites write it
        usages = Count()
        big = Count(filter=_BIG)
        sessions = CountDistinct("session")
        big_sessions = CountDistinct("session", filter=_BIG)
        sizes = CountDistinct("size")
        notes = CountDistinct("note")
        codes_seen = CountDistinct("codes")
        total = Sum("size")
        view_weight = Sum("weight", filter=_VIEW)
        least = Min("size", filter=_VIEW)
        most = Max("size")
        first = Min("timestamp")
        last_seen = Max("seen", filter=_BIG)


def declare_usage(site: Site) -> Any:
    @site.declare
    class Usage(Body):
        item: str
        tags: list[str]
        codes: list[int]
        action: str | None
        session: str | None
        size: int | None
        weight: float | None
        note: str | None = site.imp.mapped_field(
            type(site.imp.EventRecord).dsl_module.Keyword(ignore_above=_SEEN)
        )
        is_robot: bool | None
        seen: datetime.datetime | None

        class Meta:
            timedepth = YEARLY

    Usage.sync_index_template()
    return Usage


def declare_report(
    site: Site, name: str, source: Any, depth: int, groups: Mapping[str, Any]
) -> Any:
    """Return a report with all `Figures`, by some fields of the source."""
    body = {
        "__module__": __name__,
        "__annotations__": {**groups, **Figures.__annotations__},
        "CYCLE_TIMEDEPTH": depth,
        "UNIQUE_TOGETHER_FIELDS": ("cycle_coverage", *groups),
        "Report": type("Report", (Figures.Report,), {"source": source, "group_by": tuple(groups)}),
        "Meta": type("Meta", (), {"app_label": "myapp", "timedepth": YEARLY}),
    }
    report = site.declare(type(name, (), body), base=site.imp.CyclicReport)
    report.sync_index_template()
    return report


def built(report: Any, cycle: object) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Build a cycle, and return what readers find of it, by group."""
    result = report.build(cycle)
    definition = report.report_definition
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for hit in report.search().filter("term", cycle_coverage=result.cycle).params(size=500).scan():
        given = hit.get_values()
        group = tuple(given.get(name) for name in definition.group_by)
        assert group not in found
        found[group] = {name: given.get(name) for name in definition.metrics}
    assert len(found) == result.groups
    return found


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few groups and values take many pages; nobody reads, so nobody is waited for."""
    monkeypatch.setattr(counting, "_PAGE", 12)
    monkeypatch.setattr(composite, "PAGE", 3)
    monkeypatch.setattr(build_module, "_GRACE", 0.0)


_examples = settings(
    max_examples=8,
    # Each try is a few builds; without shrinking, an example has the same few events as ever.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
#: Each example has a year of its own; every other one is a leap year.
_years = itertools.count(1000, 2)


@pytest.mark.usefixtures("small_pages")
def test_months_and_a_year_of_them(site: Site) -> None:
    usage = declare_usage(site)
    groups = {"item": str, "tags": str, "action": str | None}
    monthly = declare_report(site, "Monthly", usage, MONTHLY, groups)
    by_robot = declare_report(site, "ByRobot", usage, MONTHLY, {"is_robot": bool | None})

    @site.inherit(site.imp.CyclicReport)
    class Yearly(Body):
        CYCLE_TIMEDEPTH = YEARLY
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item")
        item: str
        usages: int
        months: int
        least: int | None
        first: datetime.datetime
        so_far: int

        class Report:
            source = monthly
            group_by = ("item",)
            usages = Sum("usages")
            months = Count()
            least = Min("least")
            first = Min("first")
            so_far = Cumulative("usages")

    Yearly.sync_index_template()
    so_far: dict[str, int] = defaultdict(int)

    @_examples
    @given(st.data())
    def check(data: st.DataObject) -> None:
        year = next(_years)
        starts = [datetime.datetime(year, month, 1, tzinfo=_UTC) for month in (1, 2, 3, 4)]
        moments = [
            *(moment for start in starts for moment in (start - _MILLISECOND, start)),
            starts[2] - datetime.timedelta(hours=1),
        ]
        events = data.draw(events_of(moments))
        usage.bulk_record(events)
        months = {}
        for month, (start, end) in enumerate(itertools.pairwise(starts), start=1):
            found = built(monthly, (year, month))
            assert found == counted(events, (start, end), tuple(groups), _METRICS, ["action"])
            robots = counted(events, (start, end), ["is_robot"], _METRICS, ["is_robot"])
            assert built(by_robot, (year, month)) == robots
            months[month] = found
        expected = yearly(months, so_far)
        assert built(Yearly, (year,)) == expected
        # Within a year there are no other events, so a year that is tried again counts twice.
        for group, figures in expected.items():
            so_far[group[0]] += figures["usages"]

    check()


def yearly(
    months: Mapping[int, Mapping[tuple[Any, ...], Mapping[str, Any]]], so_far: Mapping[str, int]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return what a plain count of monthly figures gives."""
    rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for groups in months.values():
        for group, figures in groups.items():
            rows[group[0]].append(figures)
    return {
        (item,): {
            "usages": sum(row["usages"] for row in found),
            "months": len(found),
            "least": min((row["least"] for row in found if row["least"] is not None), default=None),
            "first": min(row["first"] for row in found),
            "so_far": so_far.get(item, 0) + sum(row["usages"] for row in found),
        }
        for item, found in rows.items()
    }


def last_sunday_of_october(year: int) -> datetime.datetime:
    last = datetime.datetime(year, 10, 31, tzinfo=_BERLIN)
    return last - datetime.timedelta(days=(last.weekday() + 1) % 7)


def in_utc(event: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: event.get(name) for name in ("timestamp", "seen")}
    return {name: time.astimezone(_UTC) for name, time in times.items() if time is not None}


@pytest.mark.usefixtures("small_pages")
def test_hours_over_a_change_of_clocks(site: Site) -> None:
    usage = declare_usage(site)
    hourly = declare_report(site, "Hourly", usage, HOURLY, {})
    nights = (last_sunday_of_october(year) for year in itertools.count(1996))

    @_examples
    @given(st.data())
    def check(data: st.DataObject) -> None:
        # The clocks of that night go from 3 back to 2, so half past two comes twice.
        night = next(nights)
        local = [
            night.replace(hour=2, minute=minute, fold=fold) for fold in (0, 1) for minute in (0, 30)
        ]
        utc = [moment.astimezone(_UTC) for moment in local]
        moments = [*local, utc[2] - _MILLISECOND, utc[2] + datetime.timedelta(hours=1)]
        events = data.draw(events_of(moments))
        usage.bulk_record(events)
        # Times of that hour are equal to none of another zone: https://peps.python.org/pep-0495/
        events = [{**event, **in_utc(event)} for event in events]
        for number in range(3):
            start = utc[0] + datetime.timedelta(hours=number)
            end = start + datetime.timedelta(hours=1)
            assert built(hourly, start) == counted(events, (start, end), (), _METRICS)

    check()


@pytest.mark.usefixtures("small_pages")
def test_groups_by_numbers_and_times(site: Site) -> None:
    usage = declare_usage(site)
    groups: dict[str, Any] = {"size": int | None, "seen": datetime.datetime}
    # Version 6 counts an event twice that has a number twice, and so such a report is refused.
    if site.backend.features.groups_once:
        groups = {"codes": int, **groups}
    by_number = declare_report(site, "ByNumber", usage, MONTHLY, groups)

    @_examples
    @given(st.data())
    def check(data: st.DataObject) -> None:
        year = next(_years)
        start, end = (datetime.datetime(year, month, 1, tzinfo=_UTC) for month in (2, 3))
        events = data.draw(events_of([start, end - _MILLISECOND, end]))
        usage.bulk_record(events)
        expected = counted(events, (start, end), tuple(groups), _METRICS, ["size"])
        assert built(by_number, (year, 2)) == expected

    check()


def test_a_group_of_one_and_a_group_of_ten_thousand(site: Site) -> None:
    @site.set_up
    class Usage(Body):
        item: str
        session: str | None
        size: int

    class Monthly(Body):
        CYCLE_TIMEDEPTH = MONTHLY
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item")
        item: str
        usages: int
        sessions: int
        sizes: int
        total: int
        latest: str | None

        class Report:
            source = Usage
            group_by = ("item",)
            usages = Count()
            sessions = CountDistinct("session")
            sizes = CountDistinct("size")
            total = Sum("size")
            latest = Latest("session")

    report = site.declare(Monthly, base=site.imp.CyclicReport)
    report.sync_index_template()
    start = datetime.datetime(2024, 2, 1, tzinfo=_UTC)
    Usage.bulk_record(
        {
            "timestamp": start + datetime.timedelta(minutes=4 * number),
            "item": item,
            "session": f"{number // 2}" if item == "large" else None,
            "size": number,
        }
        for item, members in (("large", 10_000), ("one", 1), ("a", 9_999))
        for number in range(members)
    )
    assert built(report, "2024-02") == {
        ("a",): figures_of(9_999, 0, None),
        ("large",): figures_of(10_000, 5_000, "4999"),
        ("one",): figures_of(1, 0, None),
    }


def figures_of(members: int, sessions: int, latest: str | None) -> dict[str, Any]:
    return {
        "usages": members,
        "sessions": sessions,
        "sizes": members,
        "total": members * (members - 1) // 2,
        "latest": latest,
    }
