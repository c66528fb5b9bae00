"""The addresses of the site: its admin, another admin of its own, and a way in without a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpResponseRedirect
from django.urls import path

from elasticsearch_metrics.admin import RecordTypeAdmin
from elasticsearch_metrics.recordtype.model import RecordType

if TYPE_CHECKING:
    from django.http import HttpRequest

own_site = admin.AdminSite(name="own")
own_site.register(RecordType, RecordTypeAdmin)


def enter(request: HttpRequest) -> HttpResponseRedirect:
    """Log a user in by name, for a browser that only opens addresses."""
    user = User.objects.get(username=request.GET["user"])
    login(request, user, "django.contrib.auth.backends.ModelBackend")
    return HttpResponseRedirect(request.GET["to"])


urlpatterns = [
    path("admin/", admin.site.urls),
    path("own/", own_site.urls),
    path("enter/", enter),
]
