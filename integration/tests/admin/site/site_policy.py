"""A strict content security policy, to see that the pages keep it."""

from __future__ import annotations

import secrets
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.backend.connection import RestConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


#: The paths of the searches of the present request.
searches: ContextVar[list[str] | None] = ContextVar("searches", default=None)
_request = RestConnection.request


def _counted(self: RestConnection, method: str, path: str, **options: Any) -> Any:
    found = searches.get()
    if found is not None and path.endswith(("search", "_count")):
        found.append(path)
    return _request(self, method, path, **options)


class CountingMiddleware:
    """Says in each response how many searches it took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        RestConnection.request = _counted  # type: ignore[assignment] # only in this process

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        found: list[str] = []
        token = searches.set(found)
        try:
            response = self.get_response(request)
        finally:
            searches.reset(token)
        response["Searches"] = str(len(found))
        return response


class PolicyMiddleware:
    """Sends the policy, and says in the request what scripts and styles have to know."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        nonce = secrets.token_urlsafe()
        request.csp_nonce = nonce  # type: ignore[attr-defined] # as django-csp does
        response = self.get_response(request)
        response["Content-Security-Policy"] = (
            f"default-src 'self'; img-src 'self' data:; style-src 'self' 'nonce-{nonce}'"
        )
        return response
