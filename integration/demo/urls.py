"""The addresses of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from demo.flights import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("airports/<str:code>/", views.airport, name="airport"),
    path("api/flights/", views.flights_json, name="flights-json"),
    path("admin/", admin.site.urls),
]
handler404 = "demo.flights.views.not_found"
