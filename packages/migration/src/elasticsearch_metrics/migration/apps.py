"""The Django app that a site has while it migrates."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.core import checks
from django.utils.translation import gettext_lazy as _

__all__ = ("MigrationConfig",)


class MigrationConfig(AppConfig):
    """Adds migrations to a site: the command, checks, dual writes, a panel in the admin.

    Attributes:
        declaration_modules: modules of every app that are imported after its ``metrics.py``.
    """

    name = "elasticsearch_metrics.migration"
    label = "elasticsearch_metrics_migration"
    verbose_name = _("Elasticsearch metrics: migrations")
    declaration_modules = ("djelme_migrations",)

    def ready(self) -> None:
        """Begin to observe writes; opens no connection."""
        from elasticsearch_metrics.migration.checks import check_migrations
        from elasticsearch_metrics.migration.dual_write.writer import dual_writer

        checks.register(check_migrations, "djelme")
        dual_writer.start()
        if apps.is_installed("django.contrib.admin"):
            from elasticsearch_metrics.health.panel import panels
            from elasticsearch_metrics.migration.panel import migration_panel

            if migration_panel not in panels:
                panels.append(migration_panel)
