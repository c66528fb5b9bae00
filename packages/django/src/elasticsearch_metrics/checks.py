"""System checks: every mistake in settings or declarations, before anything is sent.

No check connects to a cluster; that is what ``djelme_backend_check`` is for.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from django.core import checks

from djelme.delivery.owned_file import require_own_directory
from djelme.errors import ConfigurationError, DjelmeError
from djelme.naming import base_name, patterns_overlap
from elasticsearch_metrics import conf
from elasticsearch_metrics.autodiscovery import declaration_errors
from elasticsearch_metrics.backend.handler import load_imp
from elasticsearch_metrics.recordtype_check import check_delivery, check_recordtypes
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.usage.check import check_usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from elasticsearch_metrics.conf import BackendSettings
    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("check_djelme",)


def check_djelme(app_configs: Iterable[Any] | None = None, **_kwargs: object) -> list[Any]:
    """Return what is wrong with djelme's settings and with the record types of some apps.

    Args:
        app_configs: the apps whose record types are checked; None for all.
    """
    labels = None if app_configs is None else {config.label for config in app_configs}
    found: list[Any] = [*_check_simple_settings()]
    try:
        configured = conf.backend_settings()
    except ConfigurationError as error:
        hint = (
            "DJELME_BACKENDS is a dict of backends by name, each a dict with one imp's module and "
            "its options."
        )
        return [*found, checks.Error(str(error), hint=hint, id="djelme.E001")]
    for settings in configured.values():
        found += [*_check_backend(settings), *check_delivery(settings)]
    found += _check_spools(configured)
    for label, declaration_error in declaration_errors.items():
        if labels is None or label in labels:
            hint = f"Correct the class in the metrics.py of app {label!r}."
            found.append(
                checks.Error(str(declaration_error), hint=hint, obj=label, id="djelme.E004")
            )
    recordtypes = [
        recordtype
        for recordtype in djelme_registry.each_recordtype()
        if labels is None or recordtype.djelme.app_label in labels
    ]
    for recordtype in recordtypes:
        found += _check_recordtype(recordtype)
    return [
        *found,
        *_check_overlaps(recordtypes),
        *check_recordtypes(recordtypes),
        *check_usage(),
    ]


def _check_simple_settings() -> Iterator[Any]:
    try:
        conf.autosetup()
    except ConfigurationError as error:
        hint = "True sets up missing index templates when the site starts."
        yield checks.Error(str(error), hint=hint, id="djelme.E007")
    try:
        conf.default_timedepth()
    except ConfigurationError as error:
        hint = "3 (daily) is the default."
        yield checks.Error(str(error), hint=hint, id="djelme.E008")
    try:
        conf.date_format()
    except ConfigurationError as error:
        hint = "'%Y.%m.%d', '%Y.%m' and '%Y' are read everywhere; without it, timedepth decides."
        yield checks.Error(str(error), hint=hint, id="djelme.E011")
    try:
        conf.telemetry()
    except ConfigurationError as error:
        hint = "True offers metrics and spans of delivery to OpenTelemetry."
        yield checks.Error(str(error), hint=hint, id="djelme.E012")


def _check_backend(settings: BackendSettings) -> Iterator[Any]:
    """Check that the imp is there and takes its options, by a client that doesn't connect."""
    try:
        load_imp(settings)
    except ConfigurationError as error:
        hint = "Do as the message says; the path of an imp is the key of the backend's options."
        yield checks.Error(str(error), hint=hint, obj=settings.name, id="djelme.E002")
        return
    try:
        djelme_registry.get_backend(settings.name).check_client()
    except ConfigurationError as error:
        hint = "Correct the options of the backend in DJELME_BACKENDS."
        yield checks.Error(str(error), hint=hint, obj=settings.name, id="djelme.E003")


def _check_spools(names: Iterable[str]) -> Iterator[Any]:
    """Check that each spool has a directory of its own, which is the user's alone."""
    owners: dict[Any, str] = {}
    for name in names:
        try:
            options = djelme_registry.get_backend(name).delivery_options
        except ConfigurationError:
            continue  # reported by the check of the backend
        if options.mode == "direct":
            continue
        owner = owners.setdefault(options.spool_dir, name)
        if owner != name:
            yield checks.Error(
                f"backends {owner!r} and {name!r} have the same djelme_spool_dir, "
                f"{str(options.spool_dir)!r}",
                hint="Give each of them a directory of its own, or leave the option out.",
                obj=name,
                id="djelme.E013",
            )
        problem = _problem_of(options.spool_dir)
        if problem:
            yield checks.Error(
                f"backend {name!r}: djelme_spool_dir {str(options.spool_dir)!r} can't be used: "
                f"{problem}",
                hint="Make it a directory that belongs to the user of the site and to which "
                "nobody else may write (mode 0700), or name another one.",
                obj=name,
                id="djelme.E014",
            )


def _problem_of(directory: Path) -> str:
    """Return why a directory can't hold a spool; empty if it can, or doesn't exist yet."""
    try:
        require_own_directory(directory)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _check_recordtype(recordtype: type[RecordType]) -> Iterator[Any]:
    label = recordtype.djelme.label
    try:
        djelme_registry.backend_name_for(recordtype)
    except ConfigurationError as error:
        hint = _hint_for_backend(recordtype)
        yield checks.Error(str(error), hint=hint, obj=label, id="djelme.E005")
    try:
        placement = djelme_registry.placement(recordtype)
    except ConfigurationError:
        return  # reported by the check of the setting
    except DjelmeError as error:
        hint = _hint_for_names(recordtype)
        yield checks.Error(str(error), hint=hint, obj=label, id="djelme.E006")
        return
    if not patterns_overlap(placement.pattern, placement.naming.pattern):
        yield checks.Error(
            f"{label}: its index template's pattern {placement.pattern!r} doesn't match its "
            f"indexes, {placement.naming.pattern!r}",
            hint="Leave out `template` in the type's `class Meta`, or correct it.",
            obj=label,
            id="djelme.E009",
        )
    lost = recordtype.lost_fields()
    if lost:
        yield checks.Warning(
            f"{label} stores fields that searches can't give back, since it keeps no _source and "
            f"they have no doc values: {', '.join(lost)}",
            hint="Let `source` in the type's `class Meta` keep them, or silence this if they are "
            "only searched for.",
            obj=label,
            id="djelme.W001",
        )
    guessed = recordtype.guessed_fields()
    if guessed:
        yield checks.Info(
            f"{label} has fields in inner documents that are taken for keywords, as an annotation "
            f"`str` is, whether or not they were declared as Text(): {', '.join(guessed)}",
            hint="Where a text is meant, give it a parameter, such as "
            'Text(analyzer="standard"); declare a Keyword() to have it said.',
            obj=label,
            id="djelme.I001",
        )


def _hint_for_backend(recordtype: type[RecordType]) -> str:
    """Return what to do about a record type whose backend can't be chosen."""
    imp_name = recordtype.djelme.imp_name
    fitting = [
        name for name, settings in conf.backend_settings().items() if settings.imp_name == imp_name
    ]
    if not fitting:
        return f"Add a backend with {imp_name!r} to DJELME_BACKENDS."
    return (
        f"Let `using` in the type's `class Index` be {' or '.join(map(repr, fitting))}, as in "
        f'`using = "{fitting[0]}"`.'
    )


def _hint_for_names(recordtype: type[RecordType]) -> str:
    """Return what to do about names that Elasticsearch would refuse."""
    definition = recordtype.djelme
    options = definition.options
    try:
        base_name(
            definition.app_label,
            options.recordtype_name or definition.name,
            template_name=options.template_name,
        )
    except ValueError:
        named = "template_name" if options.template_name else "recordtype_name or template_name"
        return f"Set another {named} in the type's `class Meta`."
    if options.index_name_prefix is not None:
        return "Change index_name_prefix in the type's `class Meta`."
    return "Change djelme_default_index_name_prefix of the type's backend in DJELME_BACKENDS."


def _check_overlaps(recordtypes: list[type[RecordType]]) -> Iterator[Any]:
    """Check each pair of types in which at least one is among those asked for."""
    asked = set(recordtypes)
    placed = [
        place for recordtype in djelme_registry.each_recordtype() for place in _place(recordtype)
    ]
    for (one, one_backend, one_pattern), (
        other,
        other_backend,
        other_pattern,
    ) in itertools.combinations(placed, 2):
        if (
            one_backend == other_backend
            and not asked.isdisjoint((one, other))
            and patterns_overlap(one_pattern, other_pattern)
        ):
            yield checks.Error(
                f"{one.djelme.label} and {other.djelme.label} have index templates whose patterns "
                f"overlap in backend {one_backend!r}: {one_pattern!r} and {other_pattern!r}",
                hint="Give one of them another template_name or index_name_prefix.",
                obj=one.djelme.label,
                id="djelme.E010",
            )


def _place(recordtype: type[RecordType]) -> Iterator[tuple[type[RecordType], str, str]]:
    try:
        name = djelme_registry.backend_name_for(recordtype)
        yield recordtype, name, djelme_registry.placement(recordtype).pattern
    except DjelmeError:
        return  # reported by the check of the type
