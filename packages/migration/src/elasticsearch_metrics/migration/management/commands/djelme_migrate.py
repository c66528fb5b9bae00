"""Move records from one record type to another, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from elasticsearch_metrics.management.base import DjelmeCommand
from elasticsearch_metrics.migration.context import MigrationContext
from elasticsearch_metrics.migration.management.migrate import STEPS
from elasticsearch_metrics.migration.management.migrate.console import Console
from elasticsearch_metrics.migration.registry import migration_registry

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

__all__ = ("Command",)


class Command(DjelmeCommand):
    """Moves records from one record type to another, while the site goes on writing."""

    help = (
        "Move records from one record type to another (another version of Elasticsearch, or "
        "another shape), while the site goes on writing. The steps: list, plan, start, backfill, "
        "verify, cutover, finish; status shows what comes next, rollback goes back. Every step can "
        "be repeated without harm."
    )
    examples = ("djelme_migrate list", "djelme_migrate plan myapp.UsageMigration")

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the steps, each with its own options."""
        steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
        for step in STEPS:
            example = f"python manage.py djelme_migrate {step.name}"
            own = steps.add_parser(
                step.name,
                help=step.help,
                description=step.help,
                epilog=f"example: {example}{' myapp.UsageMigration' if step.takes_name else ''}",
            )
            own.set_defaults(step=step.name)
            if step.takes_name:
                own.add_argument(
                    "name",
                    nargs="?" if step.name_is_optional else None,
                    help="the migration, as app_label.ClassName",
                )
            for option in step.options:
                option.add_to(own)
            if step.has_format:
                self.add_format_argument(own)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run one step."""
        step = next(step for step in STEPS if step.name == options["step"])
        console = Console(self, options)
        if not step.takes_name or (step.name_is_optional and options.get("name") is None):
            step.run_all(console, list(migration_registry.each()))
            return
        context = MigrationContext(migration_registry.get(options["name"]))
        try:
            step.run(console, context)
        except KeyboardInterrupt:
            msg = (
                f"interrupted; what was done stays done. Go on with: djelme_migrate {step.name} "
                f"{context.name}"
            )
            raise CommandError(msg, returncode=130) from None
