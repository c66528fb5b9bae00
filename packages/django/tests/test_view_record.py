from __future__ import annotations

import asyncio
import inspect
import logging
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path, resolve
from django.utils.decorators import method_decorator
from django.views import View

from djelme.errors import BackendUnreachableError, ConfigurationError
from elasticsearch_metrics import signals
from elasticsearch_metrics.decorators import records
from elasticsearch_metrics.middleware import RecordViewsMiddleware
from elasticsearch_metrics.view_record import ViewRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

factory = RequestFactory()


@pytest.fixture
def usage(make_type: Any) -> Any:
    """A record type that remembers what it was asked to record."""
    recordtype = make_type()
    recordtype.recorded = []
    recordtype.error = None

    def record(cls: Any, *, using: str | None = None, **fields: Any) -> None:
        if cls.error is not None:
            raise cls.error
        cls.recorded.append({**fields, "using": using})

    async def arecord(cls: Any, **fields: Any) -> None:
        await asyncio.sleep(0)
        cls.record(**fields)

    recordtype.record = classmethod(record)
    recordtype.arecord = classmethod(arecord)
    return recordtype


@pytest.fixture
def failures() -> Iterator[list[dict[str, Any]]]:
    found: list[dict[str, Any]] = []

    def note(**kwargs: Any) -> None:
        found.append(kwargs)

    signals.view_not_recorded.connect(note)
    yield found
    signals.view_not_recorded.disconnect(note)


def answer(view: Callable[..., Any], *, method: str = "get", **kwargs: Any) -> HttpResponse:
    response: HttpResponse = view(getattr(factory, method)("/"), **kwargs)
    return response


def item_of(request: HttpRequest, pk: int) -> int:
    return pk * 10


def show(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse("fine")


@pytest.fixture(autouse=True)
def urls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that settings can name: test modules have no importable name."""
    module = ModuleType("djelme_test_urls")
    module.urlpatterns = [  # type: ignore[attr-defined]
        path("items/<int:pk>", show, name="item"),
        path("other", show, {"pk": 1}),
    ]
    module.item_of = item_of  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("pk", 7),
        (8, 8),
        (lambda request: len(request.path), 1),
        (lambda request, pk: pk + 1, 8),
        (lambda request, response: response.status_code, 200),
        (lambda request, **kwargs: kwargs["pk"], 7),
        ("djelme_test_urls.item_of", 70),
    ],
)
def test_values_come_from_where_they_are_said_to(usage: Any, value: Any, found: int) -> None:
    @records(usage, item_id=value, using="main")
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        return HttpResponse("fine")

    assert answer(view, pk=7).content == b"fine"
    assert usage.recorded == [{"item_id": found, "using": "main"}]


def test_a_decorated_view_keeps_its_name_and_its_kind(usage: Any) -> None:
    @records(usage)
    def plain(request: HttpRequest) -> HttpResponse:
        """Say hello."""
        return HttpResponse()

    @records(usage)
    async def asynchronous(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert (plain.__name__, plain.__doc__) == ("plain", "Say hello.")
    assert inspect.iscoroutinefunction(asynchronous)
    assert not inspect.iscoroutinefunction(plain)


def test_an_asynchronous_view(usage: Any) -> None:
    @records(usage, item_id="pk")
    async def view(request: HttpRequest, pk: int) -> HttpResponse:
        return HttpResponse("fine")

    response = asyncio.run(view(factory.get("/"), pk=7))
    assert response.content == b"fine"
    assert usage.recorded == [{"item_id": 7, "using": None}]


@pytest.mark.parametrize("is_async", [False, True])
def test_views_that_are_classes(usage: Any, is_async: bool) -> None:
    if is_async:

        class Page(View):
            async def get(self, request: HttpRequest, pk: int) -> HttpResponse:
                return HttpResponse("fine")
    else:

        class Page(View):  # type: ignore[no-redef]
            def get(self, request: HttpRequest, pk: int) -> HttpResponse:
                return HttpResponse("fine")

    decorated = method_decorator(records(usage, item_id="pk"), name="dispatch")(Page)
    response = decorated.as_view()(factory.get("/"), pk=7)
    if is_async:
        response = asyncio.run(response)
    assert response.content == b"fine"
    assert usage.recorded == [{"item_id": 7, "using": None}]


@pytest.mark.parametrize(
    ("method", "status", "counts"),
    [
        ("get", 200, True),
        ("get", 206, False),
        ("get", 304, True),
        ("post", 201, True),
        ("head", 200, False),
        ("options", 200, False),
        ("get", 302, False),
        ("get", 404, False),
        ("get", 500, False),
    ],
)
def test_only_usage_is_recorded(usage: Any, method: str, status: int, counts: bool) -> None:
    @records(usage, item_id=1)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=status)

    answer(view, method=method)
    assert bool(usage.recorded) is counts


def test_what_counts_can_be_said_otherwise(usage: Any) -> None:
    @records(usage, item_id=1, condition=lambda request, response: response.status_code == 404)
    def view(request: HttpRequest, status: int) -> HttpResponse:
        return HttpResponse(status=status)

    answer(view, status=200)
    assert usage.recorded == []
    answer(view, status=404)
    assert len(usage.recorded) == 1


def test_an_error_of_the_view_is_its_own(usage: Any) -> None:
    @records(usage, item_id=1)
    def view(request: HttpRequest) -> HttpResponse:
        raise LookupError

    with pytest.raises(LookupError):
        answer(view)
    assert usage.recorded == []


def test_an_error_in_recording_breaks_nothing(
    usage: Any, failures: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    usage.error = BackendUnreachableError(backend="main", reason="away")

    @records(usage, item_id=1)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("fine")

    with caplog.at_level(logging.ERROR):
        assert answer(view).content == b"fine"
    (failure,) = failures
    assert (failure["sender"], failure["error"]) == (usage, usage.error)
    assert "shop.Usage" in caplog.text
    assert "away" in caplog.text


@pytest.mark.parametrize("value", ["absent", lambda request: 1 / 0, "djelme_no_module.function"])
def test_neither_does_a_value_that_can_not_be_had(
    usage: Any, failures: list[dict[str, Any]], value: Any
) -> None:
    @records(usage, item_id=value)
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("fine")

    assert asyncio.run(view(factory.get("/"))).content == b"fine"
    assert len(failures) == 1


def test_nor_a_record_type_that_does_not_exist(failures: list[dict[str, Any]]) -> None:
    @records("shop.Nothing", item_id=1)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("fine")

    assert answer(view).content == b"fine"
    assert failures[0]["sender"] is None


def test_a_receiver_that_fails_breaks_nothing(usage: Any) -> None:
    usage.error = ValueError()

    def fail(**kwargs: Any) -> None:
        raise LookupError

    @records(usage, item_id=1)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("fine")

    signals.view_not_recorded.connect(fail)
    try:
        assert answer(view).content == b"fine"
    finally:
        signals.view_not_recorded.disconnect(fail)


@override_settings(DJELME_VIEW_ERRORS="raise")
def test_errors_are_raised_where_they_should_be(usage: Any) -> None:
    usage.error = ValueError("wrong")

    @records(usage, item_id=1)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("fine")

    with pytest.raises(ValueError, match="wrong"):
        answer(view)


@pytest.fixture
def counted(usage: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The same as a type that counts usage."""
    monkeypatch.setattr(ViewRecord, "_is_counted", lambda self: True)
    return usage


@pytest.mark.parametrize(
    ("status", "location", "counts"),
    [
        (200, "", True),
        (201, "", False),
        (204, "", False),
        (206, "", False),
        (304, "", True),
        (302, "", False),
        (302, "/other", False),
        (301, "https://testserver/other", False),
        (301, "https://www.testserver/other", False),
        (302, "https://login.example.org/sso", False),
        (302, "https://files.example.org/7.pdf", True),
        (303, "//files.example.org/7.pdf", True),
        (300, "https://files.example.org/7.pdf", False),
    ],
)
@override_settings(ALLOWED_HOSTS=["*", ".testserver"], LOGIN_URL="https://login.example.org/start")
def test_usage_is_what_counter_says(counted: Any, status: int, location: str, counts: bool) -> None:
    @records(counted, item_id=1)
    def view(request: HttpRequest) -> HttpResponse:
        headers = {"Location": location} if location else {}
        return HttpResponse(status=status, headers=headers)

    answer(view)
    assert bool(counted.recorded) is counts


VIEWS = {"item": ("shop.Usage", {"item_id": "pk"})}


@pytest.fixture
def handler() -> Iterator[Callable[[HttpRequest], HttpResponse]]:
    def get_response(request: HttpRequest) -> HttpResponse:
        request.resolver_match = match = resolve(request.path)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return response

    with override_settings(ROOT_URLCONF="djelme_test_urls", DJELME_RECORDED_VIEWS=VIEWS):
        yield get_response


def test_the_middleware_records_views_by_name(usage: Any, handler: Any) -> None:
    middleware = RecordViewsMiddleware(handler)
    assert middleware(factory.get("/items/7")).content == b"fine"
    assert middleware(factory.get("/other")).content == b"fine"
    assert usage.recorded == [{"item_id": 7, "using": None}]


def test_the_middleware_of_an_asynchronous_site(usage: Any, handler: Any) -> None:
    async def get_response(request: HttpRequest) -> HttpResponse:
        response: HttpResponse = handler(request)
        return response

    middleware = RecordViewsMiddleware(get_response)
    assert asyncio.run(middleware(factory.get("/items/7"))).content == b"fine"
    assert usage.recorded == [{"item_id": 7, "using": None}]


def test_the_middleware_lets_requests_without_a_view_pass(handler: Any) -> None:
    middleware = RecordViewsMiddleware(lambda request: HttpResponse("early"))
    assert middleware(factory.get("/items/7")).content == b"early"


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"item": "shop.Usage"},
        {"item": ("shop.Usage",)},
        {"item": (7, {})},
        {"item": ("a.B", 1)},
    ],
)
def test_the_middleware_refuses_what_it_does_not_understand(value: Any) -> None:
    with (
        override_settings(DJELME_RECORDED_VIEWS=value),
        pytest.raises(ConfigurationError, match="DJELME_RECORDED_VIEWS"),
    ):
        RecordViewsMiddleware(show)  # type: ignore[arg-type]
