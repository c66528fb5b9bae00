"""The step ``cutover``: ask the target from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elasticsearch_metrics.migration.management.migrate.interface import Step
from elasticsearch_metrics.migration.management.migrate.option import switch
from elasticsearch_metrics.migration.transition import cutover

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.management.migrate.console import Console

__all__ = ("CutoverStep",)


class CutoverStep(Step):
    """Ask the target from now on."""

    name = "cutover"
    help = "let reads and writes through the migration's class go to the target"
    options = (
        switch("--keep-dual-writes", "write what is written to the target to the source, too"),
        switch("--accept-refused", "go on without the documents that the target refuses"),
    )

    def run(self, console: Console, context: MigrationContext) -> None:
        """Cut over."""
        state = cutover(
            context,
            keep_dual_writes=console.options["keep_dual_writes"],
            accept_refused=console.options["accept_refused"],
        )
        where = "both sides" if state.keep_dual_writes else "the target alone"
        console.success(
            f"{context.name} asks the target now; what is written through it goes to {where}."
        )
        if (obstacle := context.conversion.copy_back_obstacle) is not None:
            console.warn(f"New records can't be copied back from now on: {obstacle}")
        console.say(
            f"Next: djelme_migrate finish {context.name}, or djelme_migrate rollback {context.name}"
        )
