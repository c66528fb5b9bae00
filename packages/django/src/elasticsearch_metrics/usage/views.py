"""The public endpoints of usage: counts of items as JSON, and records that browsers send.

Both are there for the record types that ``DJELME_USAGE`` opens only. What is given are counts,
never records; neither fields nor conditions nor ranges can be chosen from outside.
"""

from __future__ import annotations

import hashlib
import json
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from djelme.errors import (
    BackendError,
    DjelmeSetupError,
    RecordValidationError,
    RobotRefusedError,
    SpoolError,
)
from djelme.log_field import log_fields
from elasticsearch_metrics.counter.reader import request_identity
from elasticsearch_metrics.counter.robot import is_robot, robots_are_known
from elasticsearch_metrics.counter.usage import CountedUsage
from elasticsearch_metrics.statistics.document import json_value, range_document, source_document
from elasticsearch_metrics.usage.access import allow_origin, is_listed, is_own_page, is_too_often
from elasticsearch_metrics.usage.reader import usage_of_many
from elasticsearch_metrics.usage.setting import public_usage_settings

if TYPE_CHECKING:
    from django.http import HttpRequest

    from elasticsearch_metrics.usage.figure import Usage

__all__ = ("beacon", "usage")

logger = logging.getLogger(__name__)

#: Most items of one request, and most characters of each.
_MAX_ITEMS, _MAX_LENGTH = 100, 512
#: Most bytes that a browser may send.
_MAX_BYTES = 8_192
#: For how long others may keep the answer, in seconds; shorter if it is the last known one.
_FRESH, _STALE = 300, 30
_RETRY = 30


@require_safe
def usage(request: HttpRequest, label: str) -> HttpResponse:
    """Return how often items were used, as JSON.

    Args:
        request: its query has ``item``, once to 100 times, and nothing else.
        label: the record type's label.
    """
    found = public_usage_settings(label)
    if found is None or not found[1].public:
        msg = "usage of this type isn't public"
        raise Http404(msg)
    recordtype, said = found
    items = request.GET.getlist("item")
    if set(request.GET) != {"item"} or not 0 < len(items) <= _MAX_ITEMS:
        response = _problem(f"give `item` once to {_MAX_ITEMS} times, and nothing else")
    elif max(map(len, items)) > _MAX_LENGTH:
        response = _problem(f"an item has at most {_MAX_LENGTH} characters")
    else:
        response = _usage_response(request, recordtype, items)
    allow_origin(request, response, said)
    return response


def _usage_response(request: HttpRequest, recordtype: type[Any], items: list[str]) -> HttpResponse:
    label = recordtype.djelme.label
    try:
        usages = usage_of_many(recordtype, items)
    except BackendError as error:
        _log(label, error)
        return _unavailable("usage isn't available at the moment")
    except ValueError:
        return _problem("an item can't be a value of the field that tells items")
    body = {
        "recordtype": label,
        "range": range_document(None, None),
        "items": [{"item": item, **_described(found)} for item, found in usages.items()],
    }
    response: HttpResponse = JsonResponse(body)
    response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    is_stale = any(found.is_stale for found in usages.values())
    patch_cache_control(response, public=True, max_age=_STALE if is_stale else _FRESH)
    answered = get_conditional_response(request, etag=response["ETag"], response=response)
    return response if answered is None else answered


def _described(found: Usage) -> dict[str, Any]:
    return {
        "total": found.total,
        "unique": found.unique,
        "unique_is_approximate": found.unique_is_approximate,
        "by_action": dict(found.by_action),
        "other_actions": found.other_actions,
        "since": json_value(found.since),
        "as_of": json_value(found.as_of),
        "is_stale": found.is_stale,
        **source_document(found.source),
    }


@csrf_exempt  # the origin is checked instead: pages of other sites that are listed have no token
@require_http_methods(["POST", "OPTIONS"])
def beacon(request: HttpRequest, label: str) -> HttpResponse:
    """Store a record that a browser sends, as a JSON object of fields, and answer with nothing.

    Who it was is taken from the request, and robots aren't stored.

    Args:
        request: the browser's.
        label: the record type's label.
    """
    found = public_usage_settings(label)
    if found is None or not found[1].beacon:
        msg = "browsers can't send records of this type"
        raise Http404(msg)
    recordtype, said = found
    if not is_own_page(request) and not is_listed(request, said):
        return _problem("this origin may not send records", HTTPStatus.FORBIDDEN)
    if request.method == "OPTIONS":
        response = HttpResponse(status=HTTPStatus.NO_CONTENT)
        response["Access-Control-Allow-Methods"] = "POST"
        response["Access-Control-Allow-Headers"] = "content-type"
    elif is_too_often(request):
        response = _problem("too many records a minute", HTTPStatus.TOO_MANY_REQUESTS)
        response["Retry-After"] = "60"
    else:
        response = _store(request, recordtype, said.beacon)
    if is_listed(request, said):
        allow_origin(request, response, said)
    return response


def _store(request: HttpRequest, recordtype: type[Any], allowed: tuple[str, ...]) -> HttpResponse:
    fields = _sent_fields(request)
    if fields is None or not fields.keys() <= set(allowed):
        return _problem(
            f"send a JSON object of at most {_MAX_BYTES} bytes with no fields but "
            f"{', '.join(allowed)}"
        )
    is_counted = issubclass(recordtype, CountedUsage)
    if is_counted:
        fields |= request_identity(request)
    elif robots_are_known() and is_robot(request.headers.get("User-Agent", "")):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    try:
        recordtype.record(**fields)
    except RobotRefusedError:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    except RecordValidationError as error:
        return _problem(f"field {error.field!r} should be {error.expected}")
    except (BackendError, DjelmeSetupError, SpoolError) as error:
        _log(recordtype.djelme.label, error)
        return _unavailable("the record could not be stored")
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _sent_fields(request: HttpRequest) -> dict[str, Any] | None:
    """Return what a browser sent; None if it is no JSON object, or too long."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > _MAX_BYTES or len(request.body) > _MAX_BYTES:
        return None
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return sent if isinstance(sent, dict) else None


def _problem(reason: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> HttpResponse:
    return JsonResponse({"error": reason}, status=status, headers={"Cache-Control": "no-store"})


def _unavailable(reason: str) -> HttpResponse:
    response = _problem(reason, HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(_RETRY)
    return response


def _log(label: str, error: Exception) -> None:
    logger.error(
        "%s: %s",
        label,
        error,
        extra=log_fields(recordtype=label, reason=type(error).__name__),
    )
