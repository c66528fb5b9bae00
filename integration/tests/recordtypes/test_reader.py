"""Readers of a site with each kind of Django's sessions, whole requests through its middleware."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

#: A site of its own, as its settings can't be changed. It visits as readers do, and tells how many
#: sessions each of them was; keeping every click shows the sessions alone.
SITE = """
import datetime, importlib, json, sys, warnings
warnings.simplefilter("ignore")
from django.conf import settings
engine, imp_name, folder = sys.argv[1:]
settings.configure(
    SECRET_KEY="k" * 50, ALLOWED_HOSTS=["*"], USE_TZ=True, ROOT_URLCONF=__name__,
    SESSION_ENGINE=engine, SESSION_FILE_PATH=folder, DJELME_VIEW_ERRORS="raise",
    INSTALLED_APPS=[
        "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions",
        "elasticsearch_metrics",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder + "/db"}},
    DJELME_BACKENDS={"main": {imp_name: {"hosts": "http://127.0.0.1:9"}}},
)
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from djelme_testing.memory import open_outbox
from elasticsearch_metrics.counter import usage
from elasticsearch_metrics.counter import reader
from elasticsearch_metrics.decorators import records

now = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.timezone.utc)
usage.utcnow = reader.utcnow = lambda: now  # an hour that doesn't end

class Usage(importlib.import_module(imp_name).CountedUsageRecord):
    DOUBLE_CLICK_FIELDS = ()
    class Meta:
        app_label = "lib"

def page(request):
    request.user.is_authenticated
    return HttpResponse()

def file(request):
    return HttpResponse()

def basket(request):
    request.session["seen"] = request.session.get("seen", 0) + 1
    return HttpResponse()

async def soon(request):
    return HttpResponse()

async def soon_user(request):
    user = await request.auser() if hasattr(request, "auser") else None
    return HttpResponse()

urlpatterns = [
    path(view.__name__, records(Usage, item_iri=lambda request: "urn:item")(view))
    for view in (page, file, basket, soon, soon_user)
]
call_command("migrate", verbosity=0)
users = [User.objects.create_user(name) for name in ("a", "b")]
agent = {"HTTP_USER_AGENT": "Fox"}

def sessions(*readers):
    with open_outbox() as outbox:
        number = 0
        for steps in readers:
            client = Client(**agent)
            for step in steps:
                if isinstance(step, str):
                    client.get("/" + step)
                    number += 1
                else:
                    client.force_login(step)
        assert len(outbox) == number, (len(outbox), number)
        return len({record.sessionhour_id for record in outbox})

a, b = users
print(json.dumps({
    "logged in": sessions([a, "page", "file", "soon", "basket", "soon_user", "page", "file"]),
    "anonymous": sessions(["basket", "basket", "page", "file", "basket", "soon", "soon_user"]),
    "logs in": sessions(["file", "basket", "page", a, "page", "file", "soon", "basket"]),
    "on two devices": sessions([a, "file"], [a, "page"]),
    "two readers": sessions([a, "page", "file"], [b, "file", "page"]),
}))
"""
EXPECTED = {
    "logged in": 1,
    "anonymous": 1,
    "logs in": 1,
    "on two devices": 1,
    "two readers": 2,
}


@pytest.mark.parametrize("engine", ["db", "cached_db", "cache", "file", "signed_cookies"])
def test_a_reader_is_one_session(engine: str, imp_name: str, tmp_path: Path) -> None:
    module = f"django.contrib.sessions.backends.{engine}"
    run: Any = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", SITE, module, imp_name, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == EXPECTED
