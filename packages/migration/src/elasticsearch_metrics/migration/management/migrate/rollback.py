"""The step ``rollback``: go back one phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elasticsearch_metrics.migration.management.migrate.interface import Step
from elasticsearch_metrics.migration.management.migrate.option import switch
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.status import next_step, read_status
from elasticsearch_metrics.migration.transition import rollback

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.management.migrate.console import Console

__all__ = ("RollbackStep",)


class RollbackStep(Step):
    """Go back."""

    name = "rollback"
    help = "go back one phase; copies back what was written to the target alone"
    options = (
        switch(
            "--leave-new-records",
            "leave records in the target that were written there since cutover",
        ),
    )

    def run(self, console: Console, context: MigrationContext) -> None:
        """Go back."""
        done = rollback(context, leave_new_records=console.options["leave_new_records"])
        if done.state.phase is Phase.NEW:
            console.success("Dual writes are off. What was copied stays in the target.")
        else:
            console.success(f"{context.name} asks the source again; dual writes are on.")
        if done.copied_back is not None:
            console.say(
                f"{done.copied_back.copied:,} records were copied back that were written to the "
                f"target since cutover."
            )
            for id, reason in done.copied_back.refused[:5]:  # noqa: A001 - its name in Elasticsearch
                console.warn(f"not copied back: {id}: {reason}")
            if refused := len(done.copied_back.refused):
                console.warn(f"{refused:,} records could not be copied back; the target has them.")
        console.say(f"Next: {next_step(read_status(context))}")
