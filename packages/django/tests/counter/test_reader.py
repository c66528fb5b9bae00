from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import cache, file, signed_cookies
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings

from elasticsearch_metrics.counter import reader
from elasticsearch_metrics.counter.reader import request_identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ANONYMOUS = {"request_host": "192.0.2.7", "request_useragent": "Fox"}


@pytest.fixture(params=[signed_cookies, cache, file], ids=lambda module: module.__name__)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A class of sessions that needs no database."""
    engine = request.param
    file.SessionStore._storage_path = str(tmp_path)
    with override_settings(SESSION_ENGINE=engine.__name__):
        yield engine.SessionStore
    del file.SessionStore._storage_path


def nothing(request: HttpRequest) -> None:
    pass


class Browser:
    """Keeps a cookie, and tells as whom each request of it is counted."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self.response = HttpResponse()

    def visit(self, view: Callable[[Any], object] = nothing, **meta: str) -> dict[str, str]:
        """Return what `request_identity` says once a view has answered."""
        found: dict[str, str] = {}

        def get_response(request: HttpRequest) -> HttpResponse:
            view(request)
            found.update(request_identity(request))
            return HttpResponse()

        request = RequestFactory().get(
            "/", **{"REMOTE_ADDR": "192.0.2.7", "HTTP_USER_AGENT": "Fox", **meta}
        )
        request.COOKIES.update(self.cookies)
        self.response = SessionMiddleware(get_response)(request)
        for name, morsel in self.response.cookies.items():
            self.cookies[name] = morsel.value
        return found


def log_in(request: Any) -> None:
    request.session.cycle_key()
    request.session[SESSION_KEY] = "7"


def change(request: Any) -> None:
    request.session["seen"] = [*request.session.get("seen", []), 1]


def test_address_and_agent_tell_who_has_not_logged_in(store: Any) -> None:
    browser = Browser()
    assert browser.visit() == ANONYMOUS
    assert browser.visit(change) == browser.visit(change) == browser.visit() == ANONYMOUS
    assert browser.cookies


def test_the_user_tells_who_has(store: Any) -> None:
    browser = Browser()
    user = {**ANONYMOUS, "user_id": "7"}
    assert browser.visit(log_in) == user
    assert browser.visit() == browser.visit(change) == browser.visit() == user


def test_looking_leaves_no_trace(store: Any) -> None:
    browser = Browser()
    browser.visit(log_in)
    browser.visit()
    assert not browser.response.cookies
    assert not browser.response.has_header("Vary")
    browser.cookies = {"sessionid": "of nobody"}
    assert browser.visit() == ANONYMOUS
    assert not browser.response.cookies
    assert not browser.response.has_header("Vary")


def test_a_login_changes_nothing_within_the_hour(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser()
    now = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.timezone.utc)
    monkeypatch.setattr(reader, "utcnow", lambda: now)
    assert browser.visit() == browser.visit(change) == ANONYMOUS
    assert browser.visit(log_in) == browser.visit() == ANONYMOUS
    now += datetime.timedelta(hours=1)
    assert browser.visit() == {**ANONYMOUS, "user_id": "7"}


@pytest.mark.parametrize(
    ("meta", "identity"),
    [
        ({"REMOTE_ADDR": ""}, {"request_host": "-", "request_useragent": "Fox"}),
        ({"HTTP_USER_AGENT": ""}, {"request_host": "192.0.2.7", "request_useragent": ""}),
    ],
)
def test_what_a_request_does_not_say(meta: dict[str, str], identity: dict[str, str]) -> None:
    assert Browser().visit(**meta) == identity


def test_a_site_without_sessions() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Fox")
    request.COOKIES["sessionid"] = "x"
    assert request_identity(request) == ANONYMOUS
