"""The Django app: finds record types and checks when the site starts."""

from __future__ import annotations

from pathlib import Path

from django.apps import AppConfig
from django.core import checks
from django.core.signals import setting_changed
from django.utils.translation import gettext_lazy as _

__all__ = ("ElasticsearchMetricsConfig",)


class ElasticsearchMetricsConfig(AppConfig):
    """Imports each app's ``metrics.py`` and sets up what ``DJELME_AUTOSETUP`` asks for."""

    name = "elasticsearch_metrics"
    verbose_name = _("Elasticsearch metrics")
    # The package is spread over several distributions, so Django can't find out by itself.
    path = str(Path(__file__).parent)

    def ready(self) -> None:
        """Discover record types; opens no connection unless ``DJELME_AUTOSETUP`` is on."""
        from elasticsearch_metrics import conf
        from elasticsearch_metrics.autodiscovery import autodiscover
        from elasticsearch_metrics.checks import check_djelme
        from elasticsearch_metrics.delivery.assembly import watch_signals
        from elasticsearch_metrics.index.setup_guard import autosetup_at_start, setup_guard
        from elasticsearch_metrics.registry import djelme_registry

        def forget_settings(*, setting: str, **_kwargs: object) -> None:
            if setting.startswith(("DJELME_", "ELASTICSEARCH_METRICS_")):
                djelme_registry.reset()
                setup_guard.forget()

        checks.register(check_djelme, "djelme")
        setting_changed.connect(forget_settings, weak=False, dispatch_uid="djelme")
        autodiscover()
        watch_signals()
        if conf.telemetry_or_default():
            from elasticsearch_metrics.delivery.telemetry import start_telemetry

            start_telemetry(djelme_registry.all_backends)
        if conf.autosetup_or_default():
            autosetup_at_start(djelme_registry.each_recordtype())
