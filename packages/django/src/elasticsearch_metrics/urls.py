"""Addresses for a site to include: ``path("djelme/", include("elasticsearch_metrics.urls"))``."""

from __future__ import annotations

from django.urls import path

from elasticsearch_metrics.usage.views import beacon, usage
from elasticsearch_metrics.views import health

__all__ = ("urlpatterns",)

app_name = "djelme"
urlpatterns = [
    path("health/", health, name="health"),
    path("usage/<str:label>/", usage, name="usage"),
    path("usage/<str:label>/record/", beacon, name="beacon"),
]
