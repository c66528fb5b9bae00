"""The step ``finish``: end dual writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from elasticsearch_metrics.migration.deletion import delete_source, prove
from elasticsearch_metrics.migration.management.migrate.interface import Step
from elasticsearch_metrics.migration.management.migrate.option import switch
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.transition import finish

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.deletion import Proof
    from elasticsearch_metrics.migration.management.migrate.console import Console

__all__ = ("FinishStep",)

#: How many names of indexes are written out.
_SHOWN = 5


class FinishStep(Step):
    """End it."""

    name = "finish"
    help = "end dual writes; deletes nothing unless asked to"
    options = (
        switch(
            "--delete-source",
            "delete those of the source's indexes that the target has all documents of, after "
            "typing the migration's name",
        ),
    )

    def run(self, console: Console, context: MigrationContext) -> None:
        """End it."""
        finish(context)
        console.success("Dual writes are off; the target is on its own.")
        if console.options["delete_source"]:
            self._delete(console, context)
            return
        console.say(
            f"The source's indexes are still there; djelme_migrate finish {context.name} "
            f"--delete-source deletes them."
        )

    def _delete(self, console: Console, context: MigrationContext) -> None:
        with context.step("finish --delete-source", Phase.FINISHED) as held:
            console.say("Comparing each document of the source with the target …")
            proof = prove(context)
            if not proof.proven:
                console.say("The source has no indexes any more.")
                return
            self._confirm(console, context, proof)
            held.lock.require()
            # Before anything is gone: from there, going back would empty the target, too.
            cutover = {**(held.state.cutover or {}), "source_deleted": True}
            context.keeper.change("finish --delete-source", cutover=cutover)
            console.success(f"{len(delete_source(context, proof))} indexes were deleted.")
            for name, reason in proof.kept.items():
                console.warn(f"{name} stays: {reason}")

    def _confirm(self, console: Console, context: MigrationContext, proof: Proof) -> None:
        names = list(proof.proven)
        for name, reason in proof.kept.items():
            console.warn(f"{name} stays: {reason}")
        if proof.unmatched:
            console.warn(
                f"convert() makes nothing of {proof.unmatched:,} of the documents that will be "
                f"deleted, so the target doesn't have them."
            )
        console.say(
            f"{len(names)} indexes with {proof.documents:,} documents will be deleted: "
            f"{', '.join(names[:_SHOWN])}{' …' if len(names) > _SHOWN else ''}"
        )
        try:
            typed = input(f"Type {context.name} to delete them: ")
        except EOFError:  # nobody is there to type it
            typed = ""
            console.say()
        if typed.strip() != context.name:
            msg = "that isn't the migration's name; nothing was deleted"
            raise CommandError(msg)
