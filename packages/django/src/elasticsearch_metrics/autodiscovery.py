"""Import the modules of a site's apps in which record types are declared: ``metrics.py``."""

from __future__ import annotations

import contextlib
import importlib
import logging
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from djelme.errors import ConfigurationError, DjelmeError
from djelme.log_field import log_fields
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.apps import AppConfig

__all__ = ("autodiscover", "declaration_errors")

logger = logging.getLogger(__name__)

#: What is wrong with the declarations of apps, by label; system checks report it.
declaration_errors: dict[str, DjelmeError] = {}


_IMPS = "elasticsearch_metrics.imps"
#: Apps of djelme's that a site may not have, by module: what to install.
_OPTIONAL_APPS = {
    "elasticsearch_metrics.migration": "django-elasticsearch-metrics[migration]",
}


def autodiscover() -> None:
    """Import ``metrics`` of every installed app that has it, then what other apps ask for.

    An app that extends djelme names further modules in ``declaration_modules`` of its
    `AppConfig`; they are imported when all record types are known.

    A declaration that can't work doesn't end the start with a traceback: it is logged, a system
    check reports it, and importing the module again raises it again.
    """
    declaration_errors.clear()
    for module in dict.fromkeys(("metrics", *_further_modules())):
        for app_config in apps.get_app_configs():
            if module_has_submodule(app_config.module, module):
                _import(app_config, module)


def _further_modules() -> Iterator[str]:
    for app_config in apps.get_app_configs():
        yield from getattr(app_config, "declaration_modules", ())


def _import(app_config: AppConfig, module: str) -> None:
    try:
        with djelme_registry.all_or_nothing(), _explained(app_config, module):
            importlib.import_module(f"{app_config.name}.{module}")
    except DjelmeError as error:
        declaration_errors.setdefault(app_config.label, error)
        logger.error(  # noqa: TRY400 - the message says it all
            "the %s of app %s can't be used: %s",
            module,
            app_config.label,
            error,
            extra=log_fields(app_label=app_config.label, reason=str(error)),
        )


@contextlib.contextmanager
def _explained(app_config: AppConfig, module: str) -> Iterator[None]:
    """Say what to install where an imp or an app of djelme's is missing.

    Raises:
        ConfigurationError: if one is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        name = error.name or ""
        if name.startswith(_IMPS):
            raise ConfigurationError(_missing_imp(name)) from error
        distribution = _OPTIONAL_APPS.get(name)
        if distribution is None:
            raise
        msg = (
            f"{app_config.name}.{module} imports {error.name!r}, which isn't installed: run pip "
            f"install {distribution!r}, and add {error.name!r} to INSTALLED_APPS"
        )
        raise ConfigurationError(msg) from error


def _missing_imp(name: str) -> str:
    """Return what to do about an imp that isn't installed, where its classes are imported."""
    extra = name.removeprefix(_IMPS).removeprefix(".") or "elastic8"
    return (
        f"module {name!r} is in a package of its own for each Elasticsearch; install it with: "
        f"pip install 'django-elasticsearch-metrics[{extra}]' (or the extra of another version)"
    )
