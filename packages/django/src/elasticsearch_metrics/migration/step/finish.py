"""The step ``finish``: end dual writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from elasticsearch_metrics.migration.step.interface import Step
from elasticsearch_metrics.migration.step.option import switch
from elasticsearch_metrics.migration.transition import delete_source, finish

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.console import Console
    from elasticsearch_metrics.migration.context import MigrationContext

__all__ = ("FinishStep",)


class FinishStep(Step):
    """End it."""

    name = "finish"
    help = "end dual writes; deletes nothing unless asked to"
    options = (
        switch(
            "--delete-source",
            "delete the source's indexes, after typing the migration's name",
        ),
    )

    def run(self, console: Console, context: MigrationContext) -> None:
        """End it."""
        state = finish(context)
        console.praise("Dual writes are off; the target is on its own.")
        if console.options["delete_source"]:
            if (state.cutover or {}).get("source_deleted"):
                console.say("The source's indexes were deleted already.")
                return
            self._delete(console, context)
            return
        console.say(
            f"The source's indexes are still there; djelme_migrate finish {context.name} "
            f"--delete-source deletes them."
        )

    def _delete(self, console: Console, context: MigrationContext) -> None:
        indexes = list(context.migration.source.each_existing_index())
        documents = sum(index.documents for index in indexes)
        console.say(
            f"{len(indexes)} indexes with {documents:,} documents will be deleted: "
            f"{', '.join(index.name for index in indexes[:5])}{' …' if len(indexes) > 5 else ''}"  # noqa: PLR2004 - as the slice
        )
        try:
            typed = input(f"Type {context.name} to delete them: ")
        except EOFError:  # nobody is there to type it
            typed = ""
            console.say()
        if typed.strip() != context.name:
            msg = "that isn't the migration's name; nothing was deleted"
            raise CommandError(msg)
        console.say("Looking once more whether the target has all of them …")
        console.praise(f"{delete_source(context)} indexes were deleted.")
