"""Reports that are built are exactly what a plain count in Python gives."""

from __future__ import annotations

import datetime
import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from djelme_testing.conformance.site import Body
from elasticsearch_metrics.report import (
    Count,
    CountDistinct,
    Cumulative,
    Latest,
    Max,
    Min,
    ReportError,
    Sum,
    read_status,
)

if TYPE_CHECKING:
    from djelme_testing.conformance import Site

MONTHLY = 2
_UTC = datetime.timezone.utc
_MONTH = datetime.datetime(2024, 2, 1, tzinfo=_UTC)
_NEXT = datetime.datetime(2024, 3, 1, tzinfo=_UTC)
_LAST = datetime.datetime(2024, 2, 29, 23, 59, 59, 999_000, tzinfo=_UTC)
_LONG = "ü" * 8_000


def declare(site: Site) -> tuple[Any, Any]:
    """Return an event type and a monthly report on it, which are set up."""

    @site.declare
    class Usage(Body):
        item: str
        tags: list[str]
        action: str | None
        session: str | None
        size: int | None
        weight: float | None

    def body(source: Any) -> type:
        class ItemReport(Body):
            CYCLE_TIMEDEPTH = MONTHLY
            UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item", "tags", "action")
            item: str
            tags: str
            action: str | None
            usages: int
            big: int
            sessions: int
            sizes: int
            big_sessions: int
            total: int
            weight: float
            least: int | None
            most: int | None
            first: datetime.datetime
            latest: str | None
            so_far: int

            class Report:
                group_by = ("item", "tags", "action")
                exclude = {"term": {"item": "robot"}}  # noqa: RUF012 - as sites write it
                usages = Count()
                big = Count(filter={"range": {"size": {"gte": 50}}})
                sessions = CountDistinct("session")
                sizes = CountDistinct("size")
                big_sessions = CountDistinct("session", filter={"range": {"size": {"gte": 50}}})
                total = Sum("size")
                weight = Sum("weight")
                least = Min("size")
                most = Max("size", filter={"term": {"action": "view"}})
                first = Min("timestamp")
                latest = Latest("session")
                so_far = Cumulative("usages")

        ItemReport.Report.source = source  # type: ignore[attr-defined]
        return ItemReport

    report = site.declare(body(Usage), base=site.imp.CyclicReport)
    Usage.sync_index_template()
    report.sync_index_template()
    return Usage, report


def make_events(number: int, rng: random.Random) -> list[dict[str, Any]]:
    """Return random events of February 2024 and of the days around it."""
    edges = [_MONTH, _LAST, _NEXT, _MONTH - datetime.timedelta(milliseconds=1)]
    events = []
    for at in range(number):
        seconds = rng.randrange(-86_400, 30 * 86_400)
        when = _MONTH + datetime.timedelta(seconds=seconds, milliseconds=at)
        event: dict[str, Any] = {
            "timestamp": edges[at] if at < len(edges) else when,
            "item": rng.choice(["a", "b", "é💡", _LONG, "robot", *map(str, range(40))]),
            "tags": rng.sample(["x", "y", "z", ""], rng.randrange(4)),
        }
        if rng.random() < 0.9:
            event["action"] = rng.choice(["view", "download", None])
        if rng.random() < 0.9:
            event["session"] = rng.choice(["s1", "s2", None, *map(str, range(30))])
        if rng.random() < 0.9:
            event["size"] = rng.choice([0, -1, 7, 50, 99, 2**40])
        if rng.random() < 0.5:
            event["weight"] = rng.choice([0.5, 1.25, -3.0])
        events.append(event)
    return events


def counted(events: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return what a plain count of a month gives, by group."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        if _MONTH <= event["timestamp"] < _NEXT and event["item"] != "robot":
            for tag in set(event["tags"]):
                groups[event["item"], tag, event.get("action")].append(event)
    return {key: _figures(members) for key, members in groups.items()}


def _figures(events: list[dict[str, Any]]) -> dict[str, Any]:
    def values(name: str, some: list[dict[str, Any]]) -> list[Any]:
        return [event[name] for event in some if event.get(name) is not None]

    big = [event for event in events if (event.get("size") or 0) >= 50]
    views = [event for event in events if event.get("action") == "view"]
    newest = sorted((e for e in events if e.get("session")), key=lambda e: e["timestamp"])
    return {
        "usages": len(events),
        "big": len(big),
        "sessions": len(set(values("session", events))),
        "sizes": len(set(values("size", events))),
        "big_sessions": len(set(values("session", big))),
        "total": sum(values("size", events)),
        "weight": sum(values("weight", events)),
        "least": min(values("size", events), default=None),
        "most": max(values("size", views), default=None),
        "first": min(event["timestamp"] for event in events),
        "latest": newest[-1]["session"] if newest else None,
        "so_far": len(events),
    }


def built(report: Any) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return what readers find of a report, by group."""
    found = {}
    for hit in report.search().params(size=1000).scan():
        values = hit.get_values()
        figures = {name: values.get(name) for name in report.report_definition.metrics}
        found[values["item"], values["tags"], values.get("action")] = figures
    return found


@pytest.mark.parametrize("seed", range(3))
def test_figures_are_those_of_a_plain_count(site: Site, seed: int) -> None:
    usage, report = declare(site)
    events = make_events(3_000, random.Random(seed))  # noqa: S311 - no secret
    usage.bulk_record(events)
    result = report.build("2024-02")
    expected = counted(events)
    assert result.groups == len(expected)
    assert (result.created, result.replaced, result.removed) == (len(expected), 0, 0)
    assert built(report) == expected
    assert [status.state.value for status in read_status(report, "2024-02", "2024-03")] == ["fresh"]


def test_a_month_that_is_built_again_loses_what_is_gone(site: Site) -> None:
    usage, report = declare(site)
    rng = random.Random(7)  # noqa: S311 - no secret
    events = make_events(500, rng)
    usage.bulk_record(events)
    first = report.build("2024-02")
    more = make_events(100, rng)
    usage.bulk_record(more)
    usage.refresh()
    gone = list(usage.search().filter("term", item="b").scan())
    site.backend.delete_documents(
        usage.search()
        .filter("term", item="b")
        .extra(seq_no_primary_term=True, size=500)
        .execute()
        .to_dict()["hits"]["hits"]
    )
    assert gone
    usage.refresh()
    (status,) = read_status(report, "2024-02", "2024-03")
    assert status.state.value == "stale"
    second = report.build("2024-02")
    expected = counted([event for event in events + more if event["item"] != "b"])
    assert built(report) == expected
    assert second.removed > 0
    assert second.created + second.replaced == len(expected)
    assert second.replaced + second.removed == first.groups
    assert report.search(index=f"{site.prefix}*itemreport*").count() == len(expected)


def test_an_empty_month_has_a_state_and_no_report(site: Site) -> None:
    _, report = declare(site)
    result = report.build("2024-02")
    assert (result.events, result.groups) == (0, 0)
    (status,) = read_status(report, "2024-02", "2024-03")
    assert (status.state.value, status.events) == ("fresh", 0)


def test_a_cycle_that_is_not_over_needs_to_be_partial(site: Site) -> None:
    usage, report = declare(site)
    usage.record(item="a", tags=["x"])
    now = datetime.datetime.now(_UTC)
    with pytest.raises(ReportError, match=r"isn't over until .*--partial"):
        report.build(now)
    result = report.build(now, partial=True)
    assert result.partial
    (status,) = read_status(report, now, now + datetime.timedelta(seconds=1))
    assert status.state.value == "partial"
