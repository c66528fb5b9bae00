"""The app's configuration."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ("FlightsConfig",)


class FlightsConfig(AppConfig):
    """Flights and visits; djelme finds their record types in metrics.py."""

    name = "demo.flights"
    label = "flights"
