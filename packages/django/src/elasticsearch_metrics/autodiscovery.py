"""Import each app's ``metrics.py`` and ``djelme_migrations.py``, where declarations are."""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from djelme.errors import ConfigurationError, DjelmeError
from djelme.log_field import log_fields
from elasticsearch_metrics.migration.registry import migration_registry
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from django.apps import AppConfig

__all__ = ("autodiscover", "declaration_errors")

logger = logging.getLogger(__name__)

#: What is wrong with the declarations of apps, by label; system checks report it.
declaration_errors: dict[str, DjelmeError] = {}


_IMPS = "elasticsearch_metrics.imps"
#: Record types first: a migration may be about those of another app.
_MODULES = ("metrics", "djelme_migrations")


def autodiscover() -> None:
    """Import ``metrics`` and ``djelme_migrations`` of every installed app that has them.

    A declaration that can't work doesn't end the start with a traceback: it is logged, a system
    check reports it, and importing the module again raises it again.
    """
    declaration_errors.clear()
    for module in _MODULES:
        for app_config in apps.get_app_configs():
            if module_has_submodule(app_config.module, module):
                _import(app_config, module)


def _import(app_config: AppConfig, module: str) -> None:
    try:
        with djelme_registry.all_or_nothing(), migration_registry.all_or_nothing():
            importlib.import_module(f"{app_config.name}.{module}")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(_IMPS):
            raise
        _note(app_config, module, ConfigurationError(_missing_imp(error.name or "")))
    except DjelmeError as error:
        _note(app_config, module, error)


def _missing_imp(name: str) -> str:
    """Return what to do about an imp that isn't installed, where its classes are imported."""
    extra = name.removeprefix(_IMPS).removeprefix(".") or "elastic8"
    return (
        f"module {name!r} is in a package of its own for each Elasticsearch; install it with: "
        f"pip install 'django-elasticsearch-metrics[{extra}]' (or the extra of another version)"
    )


def _note(app_config: AppConfig, module: str, error: DjelmeError) -> None:
    declaration_errors.setdefault(app_config.label, error)
    logger.error(
        "the %s of app %s can't be used: %s",
        module,
        app_config.label,
        error,
        extra=log_fields(app_label=app_config.label, reason=str(error)),
    )
