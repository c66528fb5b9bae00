"""A site whose requests, tasks and commands record, for servers that are then ended."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

from outage.worker import SPAN, prepare

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ("application", "asgi", "next_item")

usage = prepare(urls="outage.ending")
_lock = threading.Lock()
_pid = 0
_number = 0


def next_item() -> int:
    """Return an item that no other call in any process returns."""
    global _number, _pid  # noqa: PLW0603 - counters of this process
    with _lock:
        if _pid != os.getpid():
            _pid, _number = os.getpid(), 0
        _number += 1
        return _pid * SPAN + _number


def show(request: HttpRequest) -> HttpResponse:
    """Record a request."""
    item = next_item()
    usage.record(item_id=item)
    return HttpResponse(str(item))


urlpatterns = [path("", show)]
application = get_wsgi_application()
asgi = get_asgi_application()
