"""What happens around each request: it is recorded, and a cluster that is away gets a page."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.shortcuts import render

from demo.flights.metrics import Visit
from demo.imp import SEARCH_ERRORS
from djelme.errors import DjelmeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

__all__ = ("UnavailableMiddleware", "VisitMiddleware")

logger = logging.getLogger(__name__)


#: Who looks after the site is no visitor.
_ADMIN = "/admin/"
#: Programs ask here.
_API = "/api/"


class VisitMiddleware:
    """Record each request as a `Visit`, except for those to the admin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, then record it."""
        came, started = datetime.now(timezone.utc), time.perf_counter()
        response = self.get_response(request)
        if request.path.startswith(_ADMIN):
            return response
        duration = (time.perf_counter() - started) * 1000
        try:
            Visit.record(
                timestamp=came,
                path=request.path,
                method=request.method,
                status=response.status_code,
                duration_ms=round(duration, 3),
            )
        except DjelmeError as error:
            # The visitor gets their page all the same; who runs the site reads the log.
            logger.warning("a visit to %s is not recorded: %s", request.path, error)
        return response


class UnavailableMiddleware:
    """Answer 503 where the cluster can't be asked: with a page, or with JSON for programs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the answer for errors of the cluster, and leave others to Django."""
        if not isinstance(exception, (DjelmeError, *SEARCH_ERRORS)):
            return None
        logger.error("%s can't be shown: %s", request.path, exception)
        message = "Elasticsearch doesn't answer as it should. Please try again in a moment."
        if request.path.startswith(_API):
            return JsonResponse({"error": message}, status=503)
        context = {"title": "The numbers can't be had now", "message": message}
        return render(request, "flights/message.html", context, status=503)
