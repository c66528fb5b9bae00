"""Usage of items on a real cluster, and while it is away."""

from __future__ import annotations

import asyncio
import datetime
import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.test import RequestFactory, override_settings

from djelme.errors import BackendUnreachableError
from djelme_testing.conformance.site import BACKEND, Body
from elasticsearch_metrics.templatetags import djelme as tags
from elasticsearch_metrics.usage import ausage_of_many, item_usage, usage_of_many
from elasticsearch_metrics.usage.views import beacon, usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance import Site

UTC = datetime.timezone.utc
PUBLIC = {
    "myapp.Usage": {
        "item": "item_id",
        "action": "action",
        "unique": "session",
        "public": True,
        "beacon": ["item_id", "action"],
    }
}


@pytest.fixture
def usage_type(site: Site) -> Any:
    @site.set_up
    class Usage(Body):
        item_id: int
        name: str | None
        action: str | None
        session: str | None
        is_robot: bool | None

        class Meta:
            timedepth = 2

    return Usage


@pytest.fixture
def filled(usage_type: Any) -> Iterator[Any]:
    """Three views by two sessions and a download of item 1, a view of item 2, and robots."""
    given = [
        (1, "view", "a", None, (2025, 12, 31, 23, 59)),
        (1, "view", "a", False, (2026, 1, 1)),
        (1, "view", "b", None, (2026, 2, 1)),
        (1, "download", "b", None, (2026, 2, 2)),
        (1, "view", "robot", True, (2024, 1, 1)),
        (2, "view", "c", None, (2026, 3, 1)),
    ]
    usage_type.bulk_record(
        {
            "item_id": item,
            "name": f"item {item}",
            "action": action,
            "session": session,
            "is_robot": robot,
            "timestamp": datetime.datetime(*parts, tzinfo=UTC),  # type: ignore[arg-type, misc]
        }
        for item, action, session, robot, parts in given
    )
    usage_type.refresh()
    with override_settings(DJELME_USAGE=PUBLIC, ALLOWED_HOSTS=["testserver"]):
        yield usage_type


@pytest.fixture
def hung() -> Iterator[dict[str, Any]]:
    """Options that lead to where connections are taken and nothing is answered."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(16)
        yield {"hosts": f"http://127.0.0.1:{server.getsockname()[1]}"}


@pytest.fixture
def dead() -> dict[str, Any]:
    """Options that lead to where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return {"hosts": f"http://127.0.0.1:{unused.getsockname()[1]}"}


def count_requests(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    backend: Any = site.backend
    request = backend.request

    def counted(method: str, path: str, **kwargs: Any) -> Any:
        asked.append(path)
        return request(method, path, **kwargs)

    monkeypatch.setattr(backend, "request", counted)
    return asked


def test_what_is_counted(filled: Any) -> None:
    found = item_usage(filled, 1)
    assert (found.total, found.unique, found.by_action) == (4, 2, {"view": 3, "download": 1})
    assert found.since == datetime.datetime(2025, 12, 31, 23, 59, tzinfo=UTC)
    assert found.unique_is_approximate
    assert not found.is_stale
    assert found.other_actions == 0


def test_a_range_of_time(filled: Any) -> None:
    found = item_usage("myapp.Usage", 1, from_when="2026", until_when="2026-02")
    assert (found.total, found.by_action) == (1, {"view": 1})
    assert item_usage(filled, 1, from_when="2026-02").total == 2


def test_fields_by_name(filled: Any) -> None:
    found = item_usage(filled, "item 1", field="name", action="", unique="")
    assert (found.total, found.unique, found.by_action) == (4, None, {})


def test_many_items_by_one_request(
    site: Site, filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = count_requests(site, monkeypatch)
    found = usage_of_many(filled, range(100))
    assert [found[item].total for item in (0, 1, 2, 3)] == [0, 4, 1, 0]
    assert (len(found), len(asked)) == (100, 1)
    assert usage_of_many(filled, range(100)) == found
    assert item_usage(filled, 1).total == 4
    assert len(asked) == 1, "the cache has it"
    item_usage(filled, 1, max_age=0)
    assert len(asked) == 2


def test_without_blocking_the_event_loop(filled: Any) -> None:
    found = asyncio.run(ausage_of_many(filled, [1, 2]))
    assert [usage.total for usage in found.values()] == [4, 1]


def test_without_an_index(usage_type: Any) -> None:
    found = item_usage(usage_type, 1, field="item_id", unique="session")
    assert (found.total, found.unique, found.since) == (0, 0, None)


def _hang(site: Site, options: dict[str, Any]) -> Any:
    return site.configured({BACKEND: options}, DJELME_USAGE=PUBLIC)


def test_a_hung_cluster_costs_a_page_0_3_seconds_once(
    site: Site, filled: Any, hung: dict[str, Any]
) -> None:
    known = item_usage(filled, 1)
    with _hang(site, hung):
        started = time.monotonic()
        stale = [item_usage(filled, 1, max_age=0) for _ in range(20)]
        assert time.monotonic() - started < 2  # each one would wait for 0.3 s
        assert all(found.is_stale and found.as_of == known.as_of for found in stale)
        with pytest.raises(BackendUnreachableError):
            item_usage(filled, 2)
    again = item_usage(filled, 1, max_age=0)
    assert not again.is_stale


def test_a_dead_cluster(site: Site, filled: Any, dead: dict[str, Any]) -> None:
    usage_of_many(filled, [1])
    with _hang(site, dead):
        assert usage_of_many(filled, [1, 2], max_age=0).keys() == {1}
        assert tags.item_usage(filled, 2) is None
        response = usage(RequestFactory().get("/", {"item": "2"}), "myapp.Usage")
        assert (response.status_code, response["Cache-Control"]) == (503, "no-store")
        stale = usage(RequestFactory().get("/", {"item": "1"}), "myapp.Usage")
        assert stale.status_code == 200


def test_the_public_endpoint(filled: Any) -> None:
    factory = RequestFactory()
    response = usage(factory.get("/", {"item": ["1", "3"]}), "myapp.usage")
    told = json.loads(response.content)
    assert told["recordtype"] == "myapp.Usage"
    assert told["range"] == {"start": None, "end": None}
    one, other = told["items"]
    assert (one["item"], one["total"], one["unique"]) == ("1", 4, 2)
    assert one["by_action"] == {"view": 3, "download": 1}
    assert one["since"] == "2025-12-31T23:59:00.000Z"
    assert other["total"] == 0
    assert (one["from"], one["missing_cycles"]) == ("events", 0)
    assert "public" in response["Cache-Control"]
    headers = {"HTTP_IF_NONE_MATCH": response["ETag"]}
    again = usage(factory.get("/", {"item": ["1", "3"]}, **headers), "myapp.usage")
    assert (again.status_code, again.content) == (304, b"")


def test_what_a_browser_sends(filled: Any) -> None:
    request = RequestFactory().post(
        "/",
        json.dumps({"item_id": 9, "action": "view"}),
        content_type="text/plain",
        headers={"Origin": "http://testserver", "User-Agent": "Mozilla/5.0 (X11) Firefox/130.0"},
    )
    assert beacon(request, "myapp.Usage").status_code == 204
    filled.refresh()
    assert item_usage(filled, 9).by_action == {"view": 1}


def test_nothing_that_a_record_holds_changes_a_page(usage_type: Any) -> None:
    evil = '<script>alert("1")</script>\u202e\x00'
    usage_type.record(item_id=1, action=evil)
    usage_type.refresh()
    with override_settings(DJELME_USAGE=PUBLIC):
        found = tags.usage_box(usage_type, 1)["usage"]
        assert list(found.by_action) == [evil]
        response = usage(RequestFactory().get("/", {"item": "1"}), "myapp.Usage")
    assert response["Content-Type"] == "application/json"
    assert json.loads(response.content)["items"][0]["by_action"] == {evil: 1}
