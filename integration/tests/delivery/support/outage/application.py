"""A site that records each request, and answers with the item when that is acknowledged."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

from outage.worker import SPAN, prepare

if TYPE_CHECKING:
    from django.http import HttpRequest

# Before the server forks, as with gunicorn's --preload: what was used then has to work after it.
usage = prepare()
usage.record(item_id=os.getpid() * SPAN)
_lock = threading.Lock()
_pid = 0
_number = 0


def show(request: HttpRequest) -> HttpResponse:
    """Record a request."""
    global _number, _pid  # noqa: PLW0603 - counters of this process
    with _lock:
        if _pid != os.getpid():
            _pid, _number = os.getpid(), 0
        _number += 1
        item = _pid * SPAN + _number
    usage.record(item_id=item)
    return HttpResponse(str(item))


urlpatterns = [path("", show)]
application = get_wsgi_application()
