"""The step ``start``: begin dual writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elasticsearch_metrics.migration.management.migrate.interface import Step
from elasticsearch_metrics.migration.management.migrate.option import LOSS_OPTION, switch
from elasticsearch_metrics.migration.transition import start

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.management.migrate.console import Console

__all__ = ("StartStep",)


class StartStep(Step):
    """Begin dual writes."""

    name = "start"
    help = "begin dual writes: each write to the source is also written to the target"
    options = (
        LOSS_OPTION,
        switch(
            "--begin-anew",
            "begin although the state of an earlier beginning is gone; reads ask the source again",
        ),
    )

    def run(self, console: Console, context: MigrationContext) -> None:
        """Begin."""
        options = console.options
        start(context, options["accept_loss"], begin_anew=options["begin_anew"])
        console.success(
            "Dual writes are on: from now on, each write to the source is also written to the "
            "target, in every process of the site."
        )
        console.say(f"Next: djelme_migrate backfill {context.name}")
