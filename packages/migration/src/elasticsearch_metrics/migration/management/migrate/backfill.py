"""The step ``backfill``: copy what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from elasticsearch_metrics.management.progress import Progress
from elasticsearch_metrics.migration.copying.backfill import Backfill, BackfillOptions
from elasticsearch_metrics.migration.management.migrate.interface import Step
from elasticsearch_metrics.migration.management.migrate.option import Option, number, switch

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.management.migrate.console import Console

__all__ = ("BackfillStep",)

_DEFAULTS = BackfillOptions()


class BackfillStep(Step):
    """Copy what is there."""

    name = "backfill"
    help = "copy what the source has; goes on where it was interrupted"
    options = (
        Option(
            "--indexes",
            "only these indexes",
            {"nargs": "+", "default": (), "metavar": "PATTERN"},
        ),
        number("--workers", "threads that copy", default=_DEFAULTS.workers),
        Option(
            "--rate",
            "copy at most so many documents a second",
            {"type": float, "metavar": "DOCS_PER_S"},
        ),
        switch("--dry-run", "read and convert everything, write nothing"),
        number(
            "--retry-time",
            "how long to wait for a cluster that is away",
            default=_DEFAULTS.retry_time,
            metavar="SECONDS",
        ),
        number(
            "--most-refused",
            "stop when the target has refused more documents",
            default=_DEFAULTS.most_refused,
            metavar="N",
        ),
    )

    def run(self, console: Console, context: MigrationContext) -> None:
        """Copy."""
        options = console.options
        if options["workers"] < 1 or (options["rate"] is not None and options["rate"] <= 0):
            msg = "--workers and --rate have to be positive"
            raise CommandError(msg)
        progress = Progress(console.stream, is_terminal=console.is_terminal)  # type: ignore[arg-type] # a wrapper
        backfill = Backfill(
            context,
            BackfillOptions(
                indexes=tuple(options["indexes"]),
                workers=options["workers"],
                rate=options["rate"],
                dry_run=options["dry_run"],
                retry_time=options["retry_time"],
                most_refused=options["most_refused"],
            ),
            progress,
        )
        result = backfill.run()
        if options["dry_run"]:
            console.say(f"{result.read:,} documents were read and converted; nothing was written.")
        else:
            console.say(
                f"{result.read:,} documents were read: {result.created:,} are new in the target, "
                f"{result.existing:,} were there already."
            )
        if result.skipped:
            console.say(f"{result.skipped} indexes were copied already.")
        if result.repaired:
            console.say(f"{result.repaired:,} documents were repaired that dual writes had missed.")
        for rejected in result.refused[:5]:
            console.warn(f"refused: {rejected.id} of {rejected.index}: {rejected.reason}")
        if result.refused:
            console.warn(f"{len(result.refused):,} documents were refused by the target.")
        if options["dry_run"]:
            return
        if result.is_complete:
            if result.left:
                console.warn(
                    f"Everything is copied except {result.left:,} documents that the target "
                    f"refuses."
                )
            else:
                console.success("Everything is copied.")
            console.say(f"Next: djelme_migrate verify {context.name}")
        else:
            console.say(f"Other indexes are left: djelme_migrate backfill {context.name}")
