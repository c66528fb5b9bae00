"""The step ``list``: all migrations, and their phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djelme.errors import DjelmeError
from elasticsearch_metrics.migration.context import MigrationContext
from elasticsearch_metrics.migration.management.migrate.interface import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elasticsearch_metrics.migration.management.migrate.console import Console
    from elasticsearch_metrics.migration.specification import MigrationSpecification

__all__ = ("ListStep",)


class ListStep(Step):
    """All migrations, and their phases."""

    name = "list"
    help = "list the migrations of all apps and how far they are"
    takes_name = False
    has_format = True

    def run_all(self, console: Console, migrations: Sequence[type[MigrationSpecification]]) -> None:
        """List them."""
        rows = [_listed(migration) for migration in migrations]
        console.json([dict(zip(_LISTED, row, strict=True)) for row in rows])
        console.table(_LISTED, rows)
        if not rows:
            console.say(
                "There are no migrations; they are declared in an app's metrics.py or "
                "djelme_migrations.py."
            )


_LISTED = ("migration", "source", "target", "phase")


def _listed(migration: type[MigrationSpecification]) -> tuple[str, str, str, str]:
    try:
        phase = MigrationContext(migration).keeper.read().phase.value
    except DjelmeError as error:
        phase = f"unknown: {error}"
    source, target = migration.source.djelme.label, migration.target.djelme.label
    return migration.name, source, target, phase
