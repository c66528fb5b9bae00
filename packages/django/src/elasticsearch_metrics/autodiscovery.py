"""Import each app's ``metrics.py``, where its record types are declared."""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from djelme.errors import DjelmeError
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from django.apps import AppConfig

__all__ = ("autodiscover", "declaration_errors")

logger = logging.getLogger(__name__)

#: What is wrong with the declarations of apps, by label; system checks report it.
declaration_errors: dict[str, DjelmeError] = {}


def autodiscover() -> None:
    """Import ``metrics`` of every installed app that has it.

    A declaration that can't work doesn't end the start with a traceback: it is logged, a system
    check reports it, and importing the module again raises it again.
    """
    declaration_errors.clear()
    for app_config in apps.get_app_configs():
        if module_has_submodule(app_config.module, "metrics"):
            _import_metrics(app_config)


def _import_metrics(app_config: AppConfig) -> None:
    try:
        with djelme_registry.all_or_nothing():
            importlib.import_module(f"{app_config.name}.metrics")
    except DjelmeError as error:
        declaration_errors[app_config.label] = error
        logger.error("the record types of app %s can't be used: %s", app_config.label, error)  # noqa: TRY400 - the message says it all
