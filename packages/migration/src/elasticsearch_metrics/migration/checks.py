"""System checks of migrations: fields that are incompatible, before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import checks

from djelme.errors import DjelmeError
from elasticsearch_metrics.migration.document.field_mapping import FieldMapping
from elasticsearch_metrics.migration.registry import migration_registry
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from elasticsearch_metrics.migration.specification import MigrationSpecification

__all__ = ("check_migrations",)


def check_migrations(app_configs: Iterable[Any] | None = None, **_kwargs: object) -> list[Any]:
    """Return what is wrong with the migrations of some apps.

    Args:
        app_configs: the apps; None for all.
    """
    labels = None if app_configs is None else {config.label for config in app_configs}
    return [
        found
        for migration in migration_registry.each()
        if labels is None or migration.app_label in labels
        for found in _check(migration)
    ]


def _check(migration: type[MigrationSpecification]) -> Iterator[Any]:
    yield from _check_places(migration)
    if migration.has_convert():
        return
    field_mapping = FieldMapping(migration.source.djelme.fields, migration.target.djelme.fields)
    for incompatible in field_mapping.incompatible_fields:
        if incompatible.is_dropped:
            yield checks.Warning(
                f"{migration.name}: field {incompatible.field!r} of "
                f"{migration.source.djelme.label} isn't copied: {incompatible.reason}",
                hint="Add it to the target, or write convert() to say what becomes of it.",
                obj=migration.name,
                id="djelme.W030",
            )
        else:
            yield checks.Error(
                f"{migration.name}: field {incompatible.field!r} can't be copied: "
                f"{incompatible.reason}",
                hint="Change the target's field, or write convert().",
                obj=migration.name,
                id="djelme.E030",
            )


def _check_places(migration: type[MigrationSpecification]) -> Iterator[Any]:
    """Check that the two sides are different places."""
    try:
        places = [
            (
                djelme_registry.backend_name_for(recordtype),
                djelme_registry.placement(recordtype).naming.base,
            )
            for recordtype in (migration.source, migration.target)
        ]
    except DjelmeError:
        return  # the checks of record types report it
    if places[0] == places[1]:
        yield checks.Error(
            f"{migration.name}: source and target have the same indexes "
            f"({places[0][1]!r} in backend {places[0][0]!r})",
            hint="Give the target another template_name, index_name_prefix or backend.",
            obj=migration.name,
            id="djelme.E031",
        )
