"""Counted usage in several processes, by robots, and in views."""

from __future__ import annotations

import asyncio
import datetime
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from djelme.errors import RobotRefusedError
from elasticsearch_metrics.decorators import records

if TYPE_CHECKING:
    from djelme_testing.conformance import Site

WHEN = datetime.datetime(2026, 11, 23, 10, 1, tzinfo=datetime.timezone.utc)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

#: A process of its own: settings, one class, and clicks at the seconds that it is told.
PROCESS = """
import datetime, importlib, json, sys, warnings
warnings.simplefilter("ignore")
import django
from django.conf import settings
imp_name, options, prefix, seconds = json.loads(sys.argv[1])
settings.configure(
    DJELME_BACKENDS={"main": {imp_name: options}}, INSTALLED_APPS=["elasticsearch_metrics"],
    DJELME_SESSION_SECRET="the secret of the tests", SECRET_KEY="x", USE_TZ=True,
)
django.setup()
from elasticsearch_metrics.registry import djelme_registry
djelme_registry.name_prefix = prefix
imp = importlib.import_module(imp_name)
class Usage(imp.CountedUsageRecord):
    class Index:
        settings = {"number_of_shards": 1, "number_of_replicas": 0}
    class Meta:
        app_label = "myapp"
start = datetime.datetime(2026, 11, 23, 10, 1, tzinfo=datetime.timezone.utc)
for second in seconds:
    when = start + datetime.timedelta(seconds=second)
    Usage.record(item_iri="urn:i", user_id="alice", timestamp=when)
"""


@pytest.fixture
def usage(site: Site) -> Any:
    class Usage:
        pass

    recordtype = site.declare(Usage, site.imp.CountedUsageRecord)
    recordtype.sync_index_template()
    return recordtype


def clicks(recordtype: Any) -> list[float]:
    recordtype.refresh()
    hits = recordtype.search().sort("timestamp").extra(size=1_000)
    return [(hit.timestamp - WHEN).total_seconds() for hit in hits]


def test_double_clicks_in_two_processes(site: Site, usage: Any) -> None:
    """Each click of one process is followed by one of the other within 30 seconds."""
    usage.record(item_iri="urn:i", user_id="alice", timestamp=WHEN)
    processes = []
    for seconds in ([k * 40.0 for k in range(12)], [k * 40.0 + 25 for k in range(12)]):
        arguments = json.dumps([site.imp_name, site.options, site.prefix, seconds])
        command = [sys.executable, "-c", PROCESS, arguments]
        processes.append(subprocess.Popen(command))  # noqa: S603 - our own
    assert [process.wait(60) for process in processes] == [0, 0]
    # 0 25 40 65 80 …: gaps of 25 and 15 seconds, so the whole series is one.
    assert clicks(usage) == [11 * 40 + 25]
    assert usage.filter_double_clicks("2026", "2027") == 0


def test_a_session_is_the_same_in_every_process(site: Site, usage: Any) -> None:
    usage.record(item_iri="urn:i", user_id="alice", timestamp=WHEN)
    arguments = json.dumps([site.imp_name, site.options, site.prefix, [600]])
    subprocess.run([sys.executable, "-c", PROCESS, arguments], check=True, timeout=60)  # noqa: S603
    usage.refresh()
    assert len({hit.sessionhour_id for hit in usage.search()}) == 1
    assert usage.search().count() == 2


def test_robots_of_the_lists_are_marked(site: Site) -> None:
    class Usage:
        ROBOTS = "mark"

    usage = site.declare(Usage, site.imp.CountedUsageRecord)
    usage.sync_index_template()
    robots = (GOOGLEBOT, GOOGLEBOT.upper(), "curl/8.5.0", "python-requests/2.32", "WGET/1.25", "")
    for useragent in (BROWSER, PHONE, *robots):
        usage.record(
            item_iri="urn:i", request_host="192.0.2.7", request_useragent=useragent, timestamp=WHEN
        )
    usage.refresh()
    assert usage.search().filter("term", is_robot=False).count() == 2
    assert usage.search().filter("term", is_robot=True).count() == len(robots)


def test_robots_of_the_lists_are_refused(site: Site) -> None:
    class Usage:
        ROBOTS = "refuse"

    usage = site.declare(Usage, site.imp.CountedUsageRecord)
    usage.sync_index_template()
    usage.record(item_iri="urn:i", user_id="a", request_useragent=BROWSER)
    with pytest.raises(RobotRefusedError):
        usage.record(item_iri="urn:i", user_id="b", request_useragent=GOOGLEBOT)
    usage.refresh()
    assert usage.search().count() == 1


def test_views_are_counted(site: Site, usage: Any) -> None:
    """Two reloads of one person, one visit of another, and what is no usage."""

    @records(usage, item_iri=lambda request: f"https://example.org{request.path}")
    def show(request: HttpRequest, status: int = 200) -> HttpResponse:
        return HttpResponse(status=status)

    @records(usage, item_iri=lambda request: f"https://example.org{request.path}")
    async def show_soon(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    for host in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        show(RequestFactory().get("/item", REMOTE_ADDR=host, HTTP_USER_AGENT=BROWSER))
    show(RequestFactory().get("/item", REMOTE_ADDR="192.0.2.3", HTTP_USER_AGENT=BROWSER), 404)
    request = AsyncRequestFactory().get("/soon", headers={"user-agent": BROWSER})
    asyncio.run(show_soon(request))
    usage.refresh()
    found = sorted(hit.item_iri for hit in usage.search())
    # The reload is a double-click, unless the hour changed in between.
    assert found[-1] == "https://example.org/soon"
    assert set(found[:-1]) == {"https://example.org/item"}
    assert len(found) == 3
