"""Who may use the public endpoints: origins of pages, and how often one address may send."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.core.cache import caches
from django.utils.cache import patch_vary_headers

from elasticsearch_metrics.usage.setting import beacon_rate, usage_cache

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from elasticsearch_metrics.usage.setting import UsageSettings

__all__ = ("allow_origin", "is_listed", "is_own_page", "is_too_often")

_WINDOW = 60


def is_own_page(request: HttpRequest) -> bool:
    """Return whether a request says that it comes from a page of the site itself."""
    try:
        return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()
    except ValueError:  # it is no address
        return False


def is_listed(request: HttpRequest, said: UsageSettings) -> bool:
    """Return whether a request comes from a page of a site that the setting lists by its name."""
    origin = request.headers.get("Origin", "")
    return origin != "*" and origin in said.origins


def allow_origin(request: HttpRequest, response: HttpResponse, said: UsageSettings) -> None:
    """Tell the browser whether the page that asked may see the response."""
    if "*" in said.origins:
        response["Access-Control-Allow-Origin"] = "*"
    elif said.origins:
        patch_vary_headers(response, ["Origin"])
        if is_listed(request, said):
            response["Access-Control-Allow-Origin"] = request.headers["Origin"]


def is_too_often(request: HttpRequest) -> bool:
    """Count a request of an address, and return whether there are too many in this minute.

    The cache has the address as a hash, for two minutes.
    """
    minute = int(time.time() // _WINDOW)
    text = f"{request.META.get('REMOTE_ADDR', '')} {minute}".encode()
    key = f"djelme:beacon:{hashlib.sha256(text).hexdigest()}"
    cache = caches[usage_cache()]
    if cache.add(key, 1, 2 * _WINDOW):
        return False
    try:
        return cache.incr(key) > beacon_rate()
    except ValueError:  # it was dropped in between
        return False
