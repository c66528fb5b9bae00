"""A strict content security policy, to see that the pages keep it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


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
