"""Read djelme's settings.

`DJELME_BACKENDS`
    ``{name: {imp module path: options}}``, one imp for each name.
`DJELME_AUTOSETUP`
    Whether missing index templates are created when the site starts; default False.
`DJELME_DEFAULT_TIMEDEPTH`
    Timedepth of the types that don't state their own; default 3 (daily).
`DJELME_TELEMETRY`
    Whether delivery offers metrics and spans to OpenTelemetry; default False.
`ELASTICSEARCH_METRICS_DATE_FORMAT`
    Format of `datetime.strftime` in which indexes of elastic6's `Metric` types are named, and in
    which those of all its types are read; by default there is none.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from djelme.errors import ConfigurationError
from djelme.naming import validate_date_format
from djelme.redaction import redact
from djelme.timedepth import Timedepth

__all__ = (
    "BackendSettings",
    "autosetup",
    "autosetup_or_default",
    "backend_settings",
    "date_format",
    "default_timedepth",
    "telemetry",
    "telemetry_or_default",
)

_SHAPE = '{"my-backend": {"elasticsearch_metrics.imps.elastic8": {"hosts": "http://…:9200"}}}'


@dataclass(frozen=True)
class BackendSettings:
    """One entry of ``DJELME_BACKENDS``.

    Attributes:
        name: its key.
        imp_name: path of the imp's module.
        options: keyword arguments for the imp; may hold secrets, so they are not in the repr.
    """

    name: str
    imp_name: str
    options: Mapping[str, Any] = field(repr=False)


def backend_settings() -> dict[str, BackendSettings]:
    """Return the entries of ``DJELME_BACKENDS`` by name.

    Raises:
        ConfigurationError: if the setting doesn't have its shape.
    """
    value = getattr(settings, "DJELME_BACKENDS", {})
    if not isinstance(value, Mapping):
        msg = f"DJELME_BACKENDS should be a dict like {_SHAPE}, not {type(value).__name__}"
        raise ConfigurationError(msg)
    return {name: _backend(name, entry) for name, entry in value.items()}


def _backend(name: object, entry: object) -> BackendSettings:
    where = f"DJELME_BACKENDS[{name!r}]"
    if not isinstance(name, str) or not name:
        msg = f"{where}: the name of a backend should be a non-empty str"
        raise ConfigurationError(msg)
    if not isinstance(entry, Mapping) or len(entry) != 1:
        shown = redact(entry) if isinstance(entry, Mapping) else type(entry).__name__
        msg = f"{where} should have exactly one imp, like {_SHAPE}, not {shown}"
        raise ConfigurationError(msg)
    ((imp_name, options),) = entry.items()
    if not isinstance(imp_name, str) or not isinstance(options, Mapping):
        msg = f"{where} should map the path of an imp's module to a dict of options, like {_SHAPE}"
        raise ConfigurationError(msg)
    if not all(isinstance(option, str) for option in options):
        msg = f"{where}[{imp_name!r}]: the names of options should be str"
        raise ConfigurationError(msg)
    return BackendSettings(name, imp_name, options)


def autosetup() -> bool:
    """Return ``DJELME_AUTOSETUP``.

    Raises:
        ConfigurationError: if it isn't a bool.
    """
    value = getattr(settings, "DJELME_AUTOSETUP", False)
    if not isinstance(value, bool):
        msg = f"DJELME_AUTOSETUP should be True or False, not {value!r}"
        raise ConfigurationError(msg)
    return value


def autosetup_or_default() -> bool:
    """Return ``DJELME_AUTOSETUP``; False where it is wrong, which a system check reports."""
    try:
        return autosetup()
    except ConfigurationError:
        return False


def date_format() -> str | None:
    """Return ``ELASTICSEARCH_METRICS_DATE_FORMAT``.

    Raises:
        ConfigurationError: if no index can be named in it, or no name be read.
    """
    value = getattr(settings, "ELASTICSEARCH_METRICS_DATE_FORMAT", None)
    if value is None:
        return None
    try:
        if not isinstance(value, str):
            msg = f"it should be a str such as '%Y.%m', not {value!r}"
            raise ValueError(msg)  # noqa: TRY004, TRY301 - reported as every other mistake
        validate_date_format(value)
    except ValueError as error:
        msg = f"ELASTICSEARCH_METRICS_DATE_FORMAT: {error}"
        raise ConfigurationError(msg) from error
    return value


def default_timedepth() -> Timedepth:
    """Return ``DJELME_DEFAULT_TIMEDEPTH``.

    Raises:
        ConfigurationError: if it is no timedepth.
    """
    value = getattr(settings, "DJELME_DEFAULT_TIMEDEPTH", Timedepth.DAILY)
    try:
        return Timedepth.parse(value)
    except (TypeError, ValueError) as error:
        msg = f"DJELME_DEFAULT_TIMEDEPTH: {error}"
        raise ConfigurationError(msg) from error


def telemetry() -> bool:
    """Return ``DJELME_TELEMETRY``.

    Raises:
        ConfigurationError: if it isn't a bool, or if what it needs isn't installed.
    """
    value = getattr(settings, "DJELME_TELEMETRY", False)
    if not isinstance(value, bool):
        msg = f"DJELME_TELEMETRY should be True or False, not {value!r}"
        raise ConfigurationError(msg)
    if value and importlib.util.find_spec("opentelemetry") is None:
        msg = (
            "DJELME_TELEMETRY is on and opentelemetry-api isn't installed; install it with: "
            "pip install 'django-elasticsearch-metrics[otel]'"
        )
        raise ConfigurationError(msg)
    return value


def telemetry_or_default() -> bool:
    """Return ``DJELME_TELEMETRY``; False where it is wrong, which a system check reports."""
    try:
        return telemetry()
    except ConfigurationError:
        return False
