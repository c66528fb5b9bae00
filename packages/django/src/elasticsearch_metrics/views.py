"""The address at which a site tells monitoring how its backends are."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from djelme.errors import ConfigurationError
from elasticsearch_metrics.health.report import check_health

if TYPE_CHECKING:
    from django.http import HttpRequest

    from elasticsearch_metrics.health.report import BackendHealth

__all__ = ("health",)


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Tell how the backends are, as JSON, within two seconds.

    The status is 200 if all of them answer and take records of all types, else 503. Versions and
    reasons, which may name hosts, are only told to staff, and to everybody if ``DEBUG`` is on.
    """
    tells_all = _tells_all(request)
    try:
        found = check_health()
    except ConfigurationError as error:
        body = {"status": "unavailable", **({"reason": str(error)} if tells_all else {})}
        return JsonResponse(body, status=HTTPStatus.SERVICE_UNAVAILABLE)
    is_well = all(backend.is_well for backend in found)
    return JsonResponse(
        {
            "status": "ok" if is_well else "unavailable",
            "backends": {backend.name: _described(backend, tells_all) for backend in found},
        },
        status=HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _tells_all(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)  # only there with Django's middleware for it
    is_staff = getattr(user, "is_active", False) and getattr(user, "is_staff", False)
    return settings.DEBUG or bool(is_staff)


def _described(backend: BackendHealth, tells_all: bool) -> dict[str, Any]:
    delivery = backend.delivery
    described: dict[str, Any] = {
        "reachable": backend.is_reachable,
        "recordtypes": {found.label: found.state for found in backend.recordtypes},
        "delivery": {
            "queued": delivery.queued,
            "sent": delivery.sent,
            "spooled": delivery.spooled,
            "dead": delivery.dead,
            "dropped": delivery.dropped,
            "lag": round(delivery.lag, 3),
        },
    }
    if tells_all:
        described["server_version"] = backend.server_version or None
        described["reason"] = backend.reason or None
        described["details"] = {
            found.label: found.detail for found in backend.recordtypes if found.detail
        }
        described["delivery"]["last_error"] = delivery.last_error or None
    return described
