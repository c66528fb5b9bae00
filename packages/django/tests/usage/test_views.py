from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.http import Http404
from django.template.backends.django import DjangoTemplates
from django.test import RequestFactory, override_settings

from djelme.contracts import Aggregated
from djelme.errors import BackendUnreachableError
from elasticsearch_metrics.checks import check_djelme
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.statistics.field import StatisticsError
from elasticsearch_metrics.usage import Usage, item_usage, usage_of_many
from elasticsearch_metrics.usage.views import beacon, usage

if TYPE_CHECKING:
    from collections.abc import Iterator

factory = RequestFactory()
OWN = {"Origin": "http://testserver", "User-Agent": "Mozilla/5.0 (X11) Firefox/130.0"}
PUBLIC = {"item": "item_id", "public": True, "beacon": ["item_id"]}


class Asked:
    """What backends are asked, whichever of them is made, and how they answer."""

    def __init__(self) -> None:
        self.queries: list[Any] = []
        self.error: Exception | None = None

    def aggregate(
        self, expressions: Any, aggregations: Any, *, query: Any = None, **_: Any
    ) -> Aggregated:
        self.queries.append((aggregations, query))
        if self.error is not None:
            raise self.error
        filters = aggregations["items"]["filters"]["filters"]
        return Aggregated(5, {"items": {"buckets": {name: {"doc_count": 5} for name in filters}}})


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Asked:
    asked = Asked()
    kind = type(djelme_registry.get_backend("main"))
    monkeypatch.setattr(kind, "aggregate", lambda self, *args, **kw: asked.aggregate(*args, **kw))
    return asked


@pytest.fixture
def usage_type(make_type: Any, backend: Asked) -> Iterator[Any]:
    mappings = {"item_id": {"type": "long"}, "timestamp": {"type": "date"}}
    recordtype = make_type(attributes={"field_mappings": classmethod(lambda cls: mappings)})
    recordtype.recorded = []
    recordtype.record = classmethod(lambda cls, **fields: cls.recorded.append(fields))
    cache.clear()
    with override_settings(DJELME_USAGE={"shop.Usage": PUBLIC}, ALLOWED_HOSTS=["testserver"]):
        yield recordtype
    cache.clear()


def post(
    body: object, label: str = "shop.Usage", headers: dict[str, str] | None = None, **kwargs: Any
) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    request = factory.post(
        "/", text, content_type="text/plain", headers=OWN if headers is None else headers, **kwargs
    )
    return beacon(request, label)


def test_items_are_checked_before_anything_is_sent(usage_type: Any, backend: Asked) -> None:
    for item in ("seven", 1.5, True, None, 2**63, [1]):
        with pytest.raises((ValueError, TypeError)):
            item_usage(usage_type, item)
    with pytest.raises(ValueError, match="at most 1,000"):
        usage_of_many(usage_type, range(1_001))
    with pytest.raises(StatisticsError, match="no field 'itemid'"):
        item_usage(usage_type, 1, field="itemid")
    with pytest.raises(LookupError):
        item_usage("shop.Nothing", 1)
    assert usage_of_many(usage_type, []) == {}
    assert backend.queries == []


def test_without_a_field_for_items(usage_type: Any) -> None:
    with (
        override_settings(DJELME_USAGE={}),
        pytest.raises(StatisticsError, match="tells items"),
    ):
        item_usage(usage_type, 1)


def test_the_last_known_usage_is_shown_while_the_cluster_is_away(
    usage_type: Any, backend: Asked
) -> None:
    known = item_usage(usage_type, 1)
    backend.error = BackendUnreachableError(backend="main", reason="away")
    stale = item_usage(usage_type, 1, max_age=0)
    assert (stale.total, stale.is_stale, stale.as_of) == (5, True, known.as_of)
    item_usage(usage_type, 1, max_age=0)
    assert len(backend.queries) == 2, "it isn't asked again at once"


def test_what_isnt_listed_isnt_there(usage_type: Any, backend: Asked) -> None:
    for label in ("shop.Other", "auth.User", "shop", ""):
        with pytest.raises(Http404):
            usage(factory.get("/", {"item": "1"}), label)
        with pytest.raises(Http404):
            post({"item_id": 1}, label)
    with override_settings(DJELME_USAGE={"shop.Usage": {"item": "item_id"}}):
        with pytest.raises(Http404):
            usage(factory.get("/", {"item": "1"}), "shop.Usage")
        with pytest.raises(Http404):
            post({"item_id": 1})


@pytest.mark.parametrize(
    "query",
    [
        "",
        "item=1&field=session",
        "item=1&from=2026",
        "item=seven",
        "item=" + "1" * 513,
        "&".join(f"item={number}" for number in range(101)),
    ],
)
def test_requests_that_are_refused(usage_type: Any, backend: Asked, query: str) -> None:
    response = usage(factory.get(f"/?{query}"), "shop.Usage")
    assert response.status_code == 400
    assert response["Cache-Control"] == "no-store"
    assert backend.queries == []


def test_origins_that_may_ask(usage_type: Any) -> None:
    def allowed(origins: list[str], origin: str) -> str | None:
        said = {**PUBLIC, "origins": origins}
        with override_settings(DJELME_USAGE={"shop.Usage": said}):
            request = factory.get("/", {"item": "1"}, headers={"Origin": origin})
            header: str | None = usage(request, "shop.Usage").get("Access-Control-Allow-Origin")
            return header

    one = "https://one.example"
    assert allowed([], one) is None
    assert allowed([one], one) == one
    assert allowed([one], "https://two.example") is None
    assert allowed(["*"], one) == "*"


def test_what_a_browser_may_send(usage_type: Any) -> None:
    assert post({"item_id": 1}).status_code == 204
    assert usage_type.recorded == [{"item_id": 1}]
    for body in ("", "[]", "{", {"item_id": 1, "timestamp": "x"}, {"user_id": 1}, " " * 9_000):
        assert post(body).status_code == 400
    assert post("[" * 8_000).status_code == 400
    assert len(usage_type.recorded) == 1


def test_origins_that_may_send(usage_type: Any) -> None:
    for origin in ("https://evil.example", "null", "*", "http://[", "http://testserver.evil"):
        assert post({"item_id": 1}, headers={**OWN, "Origin": origin}).status_code == 403
    assert post({"item_id": 1}, headers={}).status_code == 403
    said = {**PUBLIC, "origins": ["https://one.example", "*"]}
    with override_settings(DJELME_USAGE={"shop.Usage": said}):
        listed = {**OWN, "Origin": "https://one.example"}
        assert post({"item_id": 1}, headers=listed).status_code == 204
        assert (
            post({"item_id": 1}, headers={**OWN, "Origin": "https://b.example"}).status_code == 403
        )
        preflight = beacon(factory.options("/", headers=listed), "shop.Usage")
    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Methods"] == "POST"
    assert len(usage_type.recorded) == 1


@override_settings(DJELME_BEACON_RATE=3)
def test_an_address_that_sends_too_often(usage_type: Any) -> None:
    statuses = [post({"item_id": 1}).status_code for _ in range(10)]
    assert 429 in statuses
    assert 3 <= len(usage_type.recorded) <= 6  # a minute may begin in between
    assert post({"item_id": 1}, REMOTE_ADDR="192.0.2.7").status_code == 204


def test_a_record_that_cant_be_stored(usage_type: Any) -> None:
    def fail(cls: Any, **fields: Any) -> None:
        raise BackendUnreachableError(backend="main", reason="away at secret.example")

    usage_type.record = classmethod(fail)
    response = post({"item_id": 1})
    assert response.status_code == 503
    assert b"secret" not in response.content


def rendered(source: str, **context: Any) -> str:
    django = DjangoTemplates({"NAME": "test", "DIRS": [], "APP_DIRS": True, "OPTIONS": {}})
    page: str = django.from_string(f"{{% load djelme %}}{source}").render(context)
    return page


def box(usage: Usage | None) -> str:
    return rendered("{% usage_box usage=usage %}", usage=usage)


def test_the_box_escapes_what_records_hold() -> None:
    page = box(usage=Usage(total=1, by_action={'<b onclick="1">\u202e': 1}))
    assert "<b " not in page
    assert "<bdi>&lt;b onclick=&quot;1&quot;&gt;" in page


def test_the_box_says_what_is_approximate_and_what_is_old() -> None:
    page = box(usage=Usage(total=3, unique=2, unique_is_approximate=True, is_stale=True))
    assert "Unique (approximate)" in page
    assert "ago; newer usage" in page
    assert "available at the moment" in box(usage=None)


def test_the_tag_looks_an_item_up(usage_type: Any) -> None:
    assert "<dd>5</dd>" in rendered('{% usage_box "shop.Usage" "1" %}')


@pytest.mark.parametrize(
    ("settings", "check"),
    [
        ({"DJELME_USAGE": []}, "djelme.E023"),
        ({"DJELME_USAGE": {"shop.Usage": {"itm": "item_id"}}}, "djelme.E023"),
        ({"DJELME_USAGE": {"shop.Usage": {**PUBLIC, "public": 1}}}, "djelme.E023"),
        ({"DJELME_USAGE": {"shop.Usage": {"item": 1}}}, "djelme.E023"),
        ({"DJELME_USAGE": {"shop.Usage": {**PUBLIC, "beacon": "item_id"}}}, "djelme.E023"),
        ({"DJELME_USAGE": {"shop.Usage": {**PUBLIC, "beacon": ["user_id"]}}}, "djelme.E023"),
        ({"DJELME_USAGE": {"shop.Usage": {**PUBLIC, "origins": ["one.example"]}}}, "djelme.E023"),
        ({"DJELME_USAGE_CACHE": "none"}, "djelme.E023"),
        ({"DJELME_BEACON_RATE": 0}, "djelme.E023"),
        ({"DJELME_USAGE": {"shop.Nothing": PUBLIC}}, "djelme.E024"),
        ({"DJELME_USAGE": {"shop.Usage": {"item": "nothing"}}}, "djelme.E024"),
        ({"DJELME_USAGE": {"shop.Usage": {**PUBLIC, "beacon": ["nothing"]}}}, "djelme.E025"),
    ],
)
def test_settings_are_checked(usage_type: Any, settings: dict[str, Any], check: str) -> None:
    assert not {found.id for found in check_djelme()} & {"djelme.E023", "djelme.E024"}
    with override_settings(**settings):
        assert check in {found.id for found in check_djelme()}
