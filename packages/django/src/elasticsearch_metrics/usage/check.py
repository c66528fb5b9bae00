"""System checks of the settings of usage; no check connects to a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import checks

from djelme.errors import ConfigurationError, DjelmeError
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.usage.question import Question
from elasticsearch_metrics.usage.setting import beacon_rate, usage_cache, usage_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch_metrics.usage.setting import UsageSettings

__all__ = ("check_usage",)


def check_usage() -> Iterator[Any]:
    """Yield what is wrong with ``DJELME_USAGE`` and its kin."""
    try:
        usage_cache()
        beacon_rate()
        found = usage_settings()
    except ConfigurationError as error:
        hint = "See the page about showing usage."
        yield checks.Error(str(error), hint=hint, id="djelme.E023")
        return
    for label, said in found.items():
        yield from _check_type(label, said)


def _check_type(label: str, said: UsageSettings) -> Iterator[Any]:
    where = f"DJELME_USAGE[{label!r}]"
    try:
        recordtype: Any = djelme_registry.get_recordtype(label)
        Question.make(
            recordtype,
            field=None,
            action=None,
            unique=None,
            from_when=None,
            until_when=None,
            using=None,
        )
    except ConfigurationError:
        return  # reported by the check of the type's backend
    except (LookupError, DjelmeError) as error:
        hint = "Correct the label, or the name of the field."
        yield checks.Error(f"{where}: {error.args[0]}", hint=hint, id="djelme.E024")
        return
    unknown = set(said.beacon) - set(recordtype.djelme.fields)
    if unknown:
        yield checks.Error(
            f"{where}: 'beacon' names {min(unknown)!r}, which is no field of {label}",
            hint=f"Its fields are {', '.join(recordtype.djelme.fields)}.",
            id="djelme.E025",
        )
