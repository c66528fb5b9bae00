"""Readers see a whole build or another, whatever happens to those who build."""

from __future__ import annotations

import datetime
import os
import random
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from item_report import item_report

from elasticsearch_metrics.report import ReportLockedError, read_status
from elasticsearch_metrics.report import counting as counting_module
from elasticsearch_metrics.statistics.query import RecordStatistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from djelme_testing.conformance import Site

_UTC = datetime.timezone.utc


@pytest.fixture
def types(site: Site, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """An event type and a monthly report on it, counted in small pages."""
    monkeypatch.setattr(counting_module, "_PAGE", 40)
    return item_report(site)


def add(usage: Any, number: int, seed: int, items: int = 400) -> None:
    rng = random.Random(seed)  # noqa: S311 - no secret
    usage.bulk_record(
        {
            "timestamp": datetime.datetime(2024, 5, rng.randrange(1, 32), tzinfo=_UTC),
            "item": rng.randrange(items),
            "session": str(rng.randrange(20)),
        }
        for _ in range(number)
    )


def seen(report: Any) -> tuple[int, int]:
    """Return how many reports a reader sees, and the sum of their usages."""
    search = report.search()[:0]
    search.aggs.metric("total", "sum", field="usages").metric("n", "value_count", field="item")
    answer = search.execute()
    found = answer.to_dict().get("aggregations", {})
    return int(found.get("n", {}).get("value", 0)), int(found.get("total", {}).get("value") or 0)


def killed_after(seconds: float, action: Callable[[], object], poll: Callable[[], object]) -> None:
    """Do something in a process of its own, and kill that if it takes longer than so long."""
    pid = os.fork()
    if pid == 0:  # pragma: no cover - in the child
        try:
            action()
        finally:
            os._exit(0)
    end = time.monotonic() + seconds
    while time.monotonic() < end and os.waitpid(pid, os.WNOHANG) == (0, 0):
        poll()
    if time.monotonic() < end:
        return  # it has ended by itself
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


@pytest.mark.parametrize(
    "kills", [8, pytest.param(50, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_a_build_that_is_killed_at_any_moment_is_never_seen(
    site: Site, types: tuple[Any, Any], kills: int
) -> None:
    usage, report = types
    rng = random.Random(kills)  # noqa: S311 - no secret
    add(usage, 3_000, 1)
    report.build("2024-05")
    total = 3_000
    whole = seen(report)[1]
    assert whole == total
    for kill in range(kills):
        if kill % 3 == 0:
            add(usage, 100, 100 + kill, items=450)
            total += 100
        sights: set[tuple[int, int]] = set()
        killed_after(
            rng.uniform(0.02, 1.2),
            lambda: report.build("2024-05"),
            lambda sights=sights: sights.add(seen(report)),  # type: ignore[misc]
        )
        usage.refresh()
        assert usage.search().count() == total
        # A build that was killed on its last steps is complete, and is shown by the next one.
        assert {usages for _, usages in sights} <= set(range(whole, total + 1, 100))
        whole = seen(report)[1]
        assert whole in {*(usages for _, usages in sights), total}
    result = report.build("2024-05")
    assert seen(report) == (result.groups, total)
    everything = report.search(index=site.name("myapp_itemreport_*"))
    assert everything.count() == result.groups
    documents = site.backend.list_indexes((site.name("myapp_itemreport_*"),))
    assert sum(status.documents for status in documents) == result.groups
    (status,) = read_status(report, "2024-05", "2024-06")
    assert (status.state.value, status.events) == ("fresh", total)


def test_a_reader_never_sees_two_builds_at_once(types: tuple[Any, Any]) -> None:
    usage, report = types
    add(usage, 2_000, 1)
    report.build("2024-05")
    sights, totals, over = set(), {2_000}, threading.Event()

    def read() -> None:
        while not over.is_set():
            sights.add(seen(report)[1])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(1, 4):
            add(usage, 10, number)
            totals.add(2_000 + number * 10)
            report.build("2024-05")
    finally:
        over.set()
        reader.join()
    assert sights <= totals


def requested(report: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which the path of each request of a report's backend is added."""
    backend, paths = report.get_backend(), list[str]()
    send = backend.request

    def request(method: str, path: str, **options: Any) -> Any:
        paths.append(path)
        return send(method, path, **options)

    monkeypatch.setattr(backend, "request", request)
    return paths


def test_totals_are_of_one_build_while_another_is_made(types: tuple[Any, Any]) -> None:
    usage, report = types
    add(usage, 2_000, 1)
    report.build("2024-05")
    (before,) = report.totals("2024", "2025", item=0)
    usage.record(timestamp=datetime.datetime(2024, 5, 31, tzinfo=_UTC), item=0, session="x")
    usage.bulk_record(
        {"timestamp": datetime.datetime(2024, 5, 1, tzinfo=_UTC), "item": item, "session": "x"}
        for item in (-1, 1_000)
    )
    seen_meanwhile = []

    def look(_progress: object) -> None:
        report.refresh()  # what readers shouldn't see is there to be found
        seen_meanwhile.extend(hit.usages for hit in report.totals("2024", "2025", item=0))
        assert report.totals("2024", "2025", item=-1) == []  # a group that is new

    report.build("2024-05", progress=look)
    assert set(seen_meanwhile) == {before.usages}
    assert [hit.usages for hit in report.totals("2024", "2025", item=0)] == [before.usages + 1]
    assert [hit.usages for hit in report.totals("2024", "2025", item=-1)] == [1]


def test_totals_are_asked_for_by_one_request(
    types: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage, report = types
    add(usage, 400, 1, items=2)
    report.build("2024-04")
    report.build("2024-05")
    paths = requested(report, monkeypatch)
    (found,) = report.totals("2024", "2025", item=1)
    assert found.cycle_coverage == "2024.05"
    assert [path.rpartition("/")[2] for path in paths] == ["_search"]


def test_totals_where_nothing_was_built(types: tuple[Any, Any]) -> None:
    _, report = types
    assert report.totals("2024", "2025", item=1) == []
    report.record(cycle_coverage="2024.05", item=1, usages=2, sessions=1)
    report.refresh()
    assert [hit.usages for hit in report.totals("2024", "2025", item=1)] == [2]


def test_a_build_that_was_ended_is_gone_on_with(
    types: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage, report = types
    add(usage, 3_000, 1)

    class EndedError(Exception):
        pass

    def end(progress: Any) -> None:
        if progress.groups >= 200:
            raise EndedError

    with pytest.raises(EndedError):
        report.build("2024-05", progress=end)
    assert seen(report) == (0, 0)
    assert RecordStatistics(report).totals().records == 0
    (status,) = read_status(report, "2024-05", "2024-06")
    assert (status.state.value, status.reason) == ("missing", "a build was ended")
    pages: list[int] = []
    result = report.build("2024-05", progress=lambda progress: pages.append(progress.groups))
    assert pages[0] == 240
    assert seen(report) == (result.groups, 3_000)


def test_one_builder_at_a_time(types: tuple[Any, Any]) -> None:
    usage, report = types
    add(usage, 1_000, 1)
    refused = []

    def build_too(_progress: object) -> None:
        if not refused:
            with pytest.raises(ReportLockedError) as caught:
                report.build("2024-05")
            refused.append(caught.value.owner)

    report.build("2024-05", progress=build_too)
    assert refused
    assert seen(report)[1] == 1_000
