"""Builds that are disturbed: by the network, by each other, and by what happens to the events."""

from __future__ import annotations

import datetime
import io
import json
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from item_report import item_report
from shop_tests.proxy import Proxy

from djelme.errors import BackendUnreachableError
from djelme_testing.backend_settings import imp_major
from djelme_testing.conformance import Site
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.report import (
    Count,
    CountDistinct,
    Max,
    ReportError,
    ReportLockedError,
    Sum,
    counting,
    read_status,
    retrying,
)
from elasticsearch_metrics.state import lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MONTHLY, DAILY = 2, 3
_UTC = datetime.timezone.utc
_MAY = datetime.datetime(2024, 5, 1, tzinfo=_UTC)


def add(usage: Any, number: int, *, start: datetime.datetime = _MAY, items: int = 100) -> None:
    """Store events, of which each item has as many as every other one."""
    usage.bulk_record(
        {
            "timestamp": start + datetime.timedelta(minutes=at),
            "item": at % items,
            "session": str(at // items % 7),
        }
        for at in range(number)
    )
    usage.refresh()


def figures(report: Any, cycle: str = "2024.05") -> dict[int, tuple[int, int]]:
    found = report.search().filter("term", cycle_coverage=cycle).params(size=500).scan()
    return {hit.item: (hit.usages, hit.sessions) for hit in found}


def even(usages: int, sessions: int = 7, *, items: int = 100) -> dict[int, tuple[int, int]]:
    """Return the figures of items that were used equally."""
    return dict.fromkeys(range(items), (usages, sessions))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_PAGE", 20)


# The cluster is away.


@pytest.fixture
def wire(imp_name: str, request: pytest.FixtureRequest) -> Iterator[Proxy]:
    cluster = request.getfixturevalue(f"elasticsearch{imp_major(imp_name)}_cluster")
    with Proxy.opened(cluster.url) as proxy:
        yield proxy


@pytest.fixture
def site_on_wire(imp_name: str, wire: Proxy, request: pytest.FixtureRequest) -> Iterator[Site]:
    cluster = request.getfixturevalue(f"elasticsearch{imp_major(imp_name)}_cluster")
    with Site.opened(imp_name, {**cluster.client_options, "hosts": wire.url}) as site:
        yield site
        site.backend.delete_template(site.name("djelme_reports"))


@pytest.mark.usefixtures("small_pages")
def test_a_cluster_that_is_away_for_a_while_is_waited_for(
    site_on_wire: Site, wire: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    usage, report = item_report(site_on_wire, timedepth=MONTHLY)
    add(usage, 1_000)
    timers: list[threading.Timer] = []

    def cut(progress: Any) -> None:
        if progress.groups == 40:
            wire.cut()
            timers.append(threading.Timer(1.5, wire.restore))
            timers[0].start()

    result = report.build("2024-05", progress=cut)
    assert (result.events, result.groups) == (1_000, 100)
    assert figures(report) == even(10)
    assert "waiting for backend" in caplog.text


@pytest.mark.usefixtures("small_pages")
def test_a_cluster_that_stays_away_leaves_what_there_was(
    site_on_wire: Site, wire: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage, report = item_report(site_on_wire, timedepth=MONTHLY)
    add(usage, 1_000)
    report.build("2024-05")
    add(usage, 1_000)
    monkeypatch.setattr(retrying, "_RETRY_BUDGET", 0.1)
    monkeypatch.setattr(lock, "_VALIDITY", 3.0)
    monkeypatch.setattr(lock, "_RENEWAL", 0.5)
    with pytest.raises(BackendUnreachableError):
        report.build("2024-05", progress=lambda _: wire.cut())
    wire.restore()
    assert figures(report) == even(10)
    (status,) = read_status(report, "2024-05", "2024-06")
    assert (status.state.value, status.events, status.events_now) == ("stale", 1_000, 2_000)
    assert built_when_the_lock_has_expired(report).events == 2_000
    assert figures(report) == even(20)
    assert documents(site_on_wire, report) == 100


def built_when_the_lock_has_expired(report: Any) -> Any:
    for _ in range(60):
        try:
            return report.build("2024-05")
        except ReportLockedError:  # it couldn't be released
            time.sleep(0.5)
    return None


def documents(site: Site, report: Any) -> int:
    """Return how many documents there are, seen or not."""
    report.refresh()
    return sum(index.documents for index in report.each_existing_index())


# Several builders.


def each_in_a_process(actions: list[Callable[[], object]]) -> list[int]:
    """Do things at the same time, each in a process that takes itself for one of another host."""
    ready, go = os.pipe()
    pids = []
    for number, action in enumerate(actions):
        pid = os.fork()
        if pid == 0:  # pragma: no cover - in the child
            status = 1
            try:
                socket.gethostname = lambda number=number: f"host-{number}"  # type: ignore[misc]
                os.close(go)
                os.read(ready, 1)  # until the other end is closed
                action()
                status = 0
            except ReportLockedError:
                status = 2
            finally:
                os._exit(status)
        pids.append(pid)
    os.close(ready)
    os.close(go)
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


@pytest.mark.usefixtures("small_pages")
def test_of_several_builders_one_builds(site: Site) -> None:
    usage, report = item_report(site, timedepth=MONTHLY)
    add(usage, 2_000)
    statuses = each_in_a_process([lambda: report.build("2024-05")] * 3)
    assert set(statuses) <= {0, 2}
    assert 0 in statuses
    assert figures(report) == even(20)
    assert documents(site, report) == 100


@pytest.mark.usefixtures("only_own_recordtypes", "small_pages")
def test_what_is_due_is_built_by_several_hosts_at_once(site: Site) -> None:
    usage, report = item_report(site, timedepth=MONTHLY)
    for month in range(1, 6):
        add(usage, 700, start=_MAY.replace(month=month), items=70)

    def build() -> None:
        call_command(
            "djelme_report", "build", "--due", "--from", "2024-01", "--to", "2024-05",
            stdout=io.StringIO(), stderr=io.StringIO(),
        )  # fmt: skip

    assert each_in_a_process([build] * 3) == [0, 0, 0]
    for status in read_status(report, "2024-01", "2024-06"):
        # All were busy with others when one of them was left for the next time.
        if status.state.value == "missing":
            report.build(status.cycle.start)
        assert figures(report, status.cycle.name) == even(10, items=70)
    assert documents(site, report) == 350


# What happens to the events.


def test_events_that_are_all_deleted_leave_a_state(site: Site) -> None:
    usage, report = item_report(site, timedepth=MONTHLY)
    add(usage, 200)
    report.build("2024-05")
    site.backend.delete_documents(
        usage.search().extra(seq_no_primary_term=True, size=500).execute().to_dict()["hits"]["hits"]
    )
    usage.refresh()
    (status,) = read_status(report, "2024-05", "2024-06")
    assert (status.state.value, status.reason) == ("stale", "200 events went since")
    result = report.build("2024-05")
    assert (result.events, result.groups, result.removed) == (0, 0, 100)
    (status,) = read_status(report, "2024-05", "2024-06")
    assert (status.state.value, status.events, status.groups) == ("fresh", 0, 0)
    assert documents(site, report) == 0


@pytest.mark.usefixtures("small_pages")
def test_events_that_come_while_they_are_counted_are_counted(site: Site) -> None:
    usage, report = item_report(site, timedepth=MONTHLY)
    add(usage, 500)
    came = []

    def come(progress: Any) -> None:
        if not came:
            add(usage, 500)
            came.append(progress.groups)

    result = report.build("2024-05", progress=come)
    assert came
    assert result.events == 1_000
    assert figures(report) == even(10, 5)
    assert documents(site, report) == 100


def test_a_field_that_came_in_the_middle_of_the_month(site: Site) -> None:
    @site.set_up
    class Usage(Body):
        item: str
        size: int

        class Meta:
            timedepth = DAILY

    Usage.record(timestamp=_MAY, item="a", size=2)
    site.forget_declarations()

    class Changed(Body):
        item: str
        size: float
        session: str | None
        action: str | None

        class Meta:
            timedepth = DAILY
            template_name = "myapp_usage"
            template = "myapp_usage_*"

    changed = site.declare(Changed)
    changed.sync_index_template()
    later = _MAY + datetime.timedelta(days=15)
    for session in ("s", "t", "t"):
        changed.record(timestamp=later, item="a", size=0.5, session=session, action="view")

    @site.inherit(site.imp.CyclicReport)
    class Monthly(Body):
        CYCLE_TIMEDEPTH = MONTHLY
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item", "action")
        item: str
        action: str | None
        usages: int
        sessions: int
        size: float
        most: float

        class Report:
            source = changed
            group_by = ("item", "action")
            usages = Count()
            sessions = CountDistinct("session")
            size = Sum("size")
            most = Max("size")

    Monthly.sync_index_template()
    assert Monthly.build("2024-05").events == 4
    found = {hit.action: (hit.usages, hit.sessions, hit.size, hit.most) for hit in Monthly.search()}
    assert found == {None: (1, 0, 2.0, 2.0), "view": (3, 2, 1.5, 0.5)}


def test_a_group_that_became_something_else_is_no_report(site: Site) -> None:
    @site.set_up
    class Usage(Body):
        item: int

        class Meta:
            timedepth = DAILY

    Usage.record(timestamp=_MAY, item=7)
    site.forget_declarations()

    class Changed(Body):
        item: str

        class Meta:
            timedepth = DAILY
            template_name = "myapp_usage"
            template = "myapp_usage_*"

    changed = site.declare(Changed)
    changed.sync_index_template()
    changed.record(timestamp=_MAY + datetime.timedelta(days=1), item="seven")

    @site.inherit(site.imp.CyclicReport)
    class Monthly(Body):
        CYCLE_TIMEDEPTH = MONTHLY
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item")
        item: str
        usages: int

        class Report:
            source = changed
            group_by = ("item",)
            usages = Count()

    Monthly.sync_index_template()
    with pytest.raises(ReportError, match="as different types"):
        Monthly.build("2024-05")
    assert Monthly.search().count() == 0


def test_double_clicks_are_removed_first(site: Site) -> None:
    @site.inherit(site.imp.CountedUsageRecord)
    class Click(Body):
        class Meta:
            timedepth = MONTHLY

    @site.inherit(site.imp.CyclicReport)
    class Monthly(Body):
        CYCLE_TIMEDEPTH = MONTHLY
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item_iri")
        item_iri: str
        usages: int
        sessions: int

        class Report:
            source = Click
            group_by = ("item_iri",)
            usages = Count()
            sessions = CountDistinct("sessionhour_id")

    for recordtype in (Click, Monthly):
        recordtype.sync_index_template()
    # Two clicks in ten seconds, in each quarter of an hour; the last one as the month ends.
    end = datetime.datetime(2024, 6, 1, tzinfo=_UTC)
    Click.bulk_record(
        {
            "timestamp": end - datetime.timedelta(minutes=15 * quarter, seconds=second),
            "item_iri": "urn:item",
            "sessionhour_id": f"session-{quarter // 4}",
        }
        for quarter in range(40)
        for second in (1, 11)
    )
    result = Monthly.build("2024-05")
    assert (result.events, result.groups) == (40, 1)
    (found,) = Monthly.search()
    assert (found.usages, found.sessions) == (40, 10)


# What a build asks.


def test_nothing_exact_is_estimated(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    usage, report = item_report(site, timedepth=MONTHLY)
    add(usage, 500)
    asked: list[str] = []
    send = RestBackend.request

    def watched(self: RestBackend, method: str, path: str, **about: Any) -> Any:
        asked.append(f"{method} {path} {json.dumps(about.get('body'), default=str)}")
        return send(self, method, path, **about)

    monkeypatch.setattr(RestBackend, "request", watched)
    report.build("2024-05")
    read_status(report, "2024-05", "2024-06")
    report.totals("2024-05", "2024-06", item=3)
    searches = [request for request in asked if "_search" in request]
    assert any('"composite"' in request and '"session"' in request for request in searches)
    estimates = ("cardinality", "percentiles", "random_sampler", "terminate_after", '"sampler"')
    assert [request for request in asked if any(word in request for word in estimates)] == []
    # Whoever counts groups by `terms` gets an estimate where a shard has more than it returns.
    assert not any('"shard_size"' in request for request in searches)
