"""The address for monitoring, with real clusters and with some that are away."""

from __future__ import annotations

import datetime
import json
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.test import RequestFactory, override_settings
from django.urls import resolve, reverse

from djelme.errors import BackendUnreachableError
from djelme_testing.conformance.site import Body
from djelme_testing.port import silent_port, unused_port
from elasticsearch_metrics import urls
from elasticsearch_metrics.health import report
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from djelme_testing.conformance import Site

pytestmark = pytest.mark.usefixtures("only_own_recordtypes")

STAFF = SimpleNamespace(is_active=True, is_staff=True)


@pytest.fixture
def away() -> dict[str, Any]:
    """Options that lead to where nobody listens."""
    return {"hosts": f"http://127.0.0.1:{unused_port()}"}


def get(user: Any = None, method: str = "get") -> tuple[int, Any]:
    with override_settings(ROOT_URLCONF=urls):
        address = "/health/"
        request = getattr(RequestFactory(), method)(address)
        if user is not None:
            request.user = user
        answer = resolve(address).func(request)
    return answer.status_code, json.loads(answer.content) if answer.content else None


def declare(site: Site) -> Any:
    @site.declare
    class Usage(Body):
        item_id: int

    return Usage


def test_all_is_well(site: Site) -> None:
    usage = declare(site)
    usage.sync_index_template()
    usage.record(item_id=1)
    status, told = get()
    assert status == 200
    assert told == {
        "status": "ok",
        "backends": {
            "main": {
                "reachable": True,
                "recordtypes": {"myapp.Usage": "in sync"},
                "delivery": {
                    "queued": 0,
                    "sent": 1,
                    "spooled": 0,
                    "dead": 0,
                    "dropped": 0,
                    "lag": 0.0,
                },
            }
        },
    }


def test_the_address_has_a_name() -> None:
    assert reverse("health", urlconf=urls) == "/health/"


def test_staff_is_told_more(site: Site) -> None:
    declare(site)
    status, told = get(STAFF)
    assert status == 503
    backend = told["backends"]["main"]
    assert backend["server_version"][0] in "6789"
    assert "djelme_backend_setup" in backend["details"]["myapp.Usage"]
    _, told = get(SimpleNamespace(is_active=True, is_staff=False))
    assert "server_version" not in told["backends"]["main"]
    with override_settings(DEBUG=True):
        _, told = get()
    assert "server_version" in told["backends"]["main"]


def test_a_type_that_is_not_set_up(site: Site) -> None:
    usage = declare(site)
    assert get()[0] == 503
    assert get()[1]["backends"]["main"]["recordtypes"] == {"myapp.Usage": "missing"}
    usage.sync_index_template()
    site.forget_declarations()

    @site.declare
    class Usage(Body):
        item_id: str

    status, told = get()
    assert (status, told["status"]) == (503, "unavailable")
    assert told["backends"]["main"]["recordtypes"] == {"myapp.Usage": "differs"}


def test_a_cluster_that_is_away(site: Site, away: dict[str, Any]) -> None:
    declare(site)
    with site.configured({"main": away}):
        status, told = get()
        assert status == 503
        backend = told["backends"]["main"]
        assert (backend["reachable"], backend["recordtypes"]) == (False, {"myapp.Usage": "unknown"})
        assert "127.0.0.1" not in json.dumps(told)  # where the cluster is, is nobody's business
        _, told = get(STAFF)
        assert "ConnectionError" in told["backends"]["main"]["reason"]


def test_nobody_waits_for_a_backend_that_stays_silent(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The view gives up by itself, whatever the client does, and those that answer are shown."""
    take, released = report._take_snapshot, threading.Event()

    def wait(name: str, *rest: Any) -> Any:
        if name != "main":
            released.wait(60)
        return take(name, *rest)

    monkeypatch.setattr(report, "_take_snapshot", wait)
    with site.configured({"main": site.options, "silent": site.options}):
        try:
            status, told = get(STAFF)
        finally:
            released.set()
    assert status == 503
    assert told["backends"]["main"]["reachable"] is True
    assert told["backends"]["silent"]["reachable"] is False
    assert "did not answer within 2 s" in told["backends"]["silent"]["reason"]


def test_a_silent_server_is_given_up_by_the_client(site: Site) -> None:
    """Without tries at other times, which would take 10 seconds each."""
    with silent_port() as port, site.configured({"main": {"hosts": f"http://127.0.0.1:{port}"}}):
        with pytest.raises(BackendUnreachableError, match=r"did not answer within 0\.2"):
            djelme_registry.get_backend("main").server_version(timeout=0.2)
        status, told = get(STAFF)
    assert status == 503
    assert told["backends"]["main"]["reachable"] is False


def test_a_wrong_setting_is_unavailable(site: Site) -> None:
    with site.configured({"main": {**site.options, "djelme_nope": 1}}):
        status, told = get(STAFF)
        assert status == 503
        assert "djelme_nope" in told["backends"]["main"]["reason"]
        assert "djelme_nope" not in json.dumps(get()[1])
    with override_settings(DJELME_BACKENDS=7):
        status, told = get()
        assert (status, told) == (503, {"status": "unavailable"})
        assert "DJELME_BACKENDS" in get(STAFF)[1]["reason"]


def test_records_that_wait_show(site: Site, away: dict[str, Any], tmp_path: Any) -> None:
    usage = declare(site)
    waiting = {
        **away,
        "djelme_delivery": "durable",
        "djelme_spool_dir": str(tmp_path),
        "djelme_shutdown_deadline": 0,
    }
    with site.configured({"main": waiting}):
        usage.record(item_id=1, timestamp=datetime.datetime.now(datetime.timezone.utc))
        lags = []
        for _ in range(2):
            time.sleep(0.02)  # the lag counts in milliseconds
            _, told = get()
            assert told["backends"]["main"]["delivery"]["spooled"] == 1
            lags.append(told["backends"]["main"]["delivery"]["lag"])
        assert 0 < lags[0] < lags[1]


@pytest.mark.parametrize(("method", "status"), [("post", 405), ("delete", 405), ("head", 200)])
def test_it_only_tells(site: Site, method: str, status: int) -> None:
    assert get(method=method)[0] == status


def test_it_is_not_cached(site: Site) -> None:
    with override_settings(ROOT_URLCONF=urls):
        answer = resolve("/health/").func(RequestFactory().get("/health/"))
    assert "no-store" in answer["Cache-Control"]


def test_health_for_other_pages(site: Site, away: dict[str, Any]) -> None:
    usage = declare(site)
    usage.sync_index_template()
    (found,) = report.check_health()
    assert found.is_well
    assert found.server_version[0] in "6789"
    with site.configured({"main": away}):
        (found,) = report.check_health(timeout=1)
    assert not found.is_well
    assert found.reason
