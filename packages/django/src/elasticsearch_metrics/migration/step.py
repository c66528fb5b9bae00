"""The steps of the command ``djelme_migrate``: their options, what they do, what they write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from djelme.errors import DjelmeError
from elasticsearch_metrics.migration.backfill import Backfill, BackfillOptions
from elasticsearch_metrics.migration.base_step import Step
from elasticsearch_metrics.migration.console import size
from elasticsearch_metrics.migration.context import MigrationContext
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.plan import make_plan
from elasticsearch_metrics.migration.progress import Progress, duration
from elasticsearch_metrics.migration.status import next_step, read_status
from elasticsearch_metrics.migration.transition import (
    cutover,
    delete_source,
    finish,
    rollback,
    start,
)
from elasticsearch_metrics.migration.verify_step import VerifyStep

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

    from elasticsearch_metrics.migration.console import Console
    from elasticsearch_metrics.migration.declaration import Migration

__all__ = ("STEPS",)

#: Of many indexes, the plan's table has the first and the last ones.
_MOST_ROWS, _FIRST_ROWS, _LAST_ROWS = 20, 8, 4


class ListStep(Step):
    """All migrations, and their phases."""

    name = "list"
    help = "list the migrations of all apps and how far they are"
    takes_name = False
    has_format = True

    def run_all(self, console: Console, migrations: Sequence[type[Migration]]) -> None:
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


def _listed(migration: type[Migration]) -> tuple[str, str, str, str]:
    try:
        phase = MigrationContext(migration).keeper.read().phase.value
    except DjelmeError as error:
        phase = f"unknown: {error}"
    source, target = migration.source.djelme.label, migration.target.djelme.label
    return migration.name, source, target, phase


class StatusStep(Step):
    """How a migration stands."""

    name = "status"
    help = "show how a migration stands and what comes next; all of them without a name"
    name_is_optional = True
    has_format = True

    def run(self, console: Console, context: MigrationContext) -> None:
        """Show one."""
        console.json(self._show(console, context))

    def run_all(self, console: Console, migrations: Sequence[type[Migration]]) -> None:
        """Show all."""
        found = [self._show(console, MigrationContext(migration)) for migration in migrations]
        console.json(found)

    def _show(self, console: Console, context: MigrationContext) -> dict[str, Any]:
        status = read_status(context)
        state = status.state
        console.say(f"{status.name}: {state.phase.value}")
        rows: list[tuple[str, object]] = [
            ("documents in the source", status.source_documents),
            ("documents in the target", status.target_documents),
            ("copied by backfill", status.copied),
            (
                "indexes copied",
                f"{sum(each['complete'] for each in status.indexes)} of {len(status.indexes)}",
            ),
        ]
        if state.backfill is not None:
            rows.append(("last backfill", state.backfill["completed"]))
        if state.verification is not None:
            outcome = "matches" if state.verification["matches"] else "differences"
            rows.append(("last verify", f"{state.verification['checked']}: {outcome}"))
        if state.cutover is not None and state.phase is not Phase.DUAL:
            rows.append(("cut over", state.cutover["at"]))
            rows.append(("writes go to", "both" if state.keep_dual_writes else "the target"))
        if status.missed:
            rows.append(("dual writes missed", f"{status.missed:,} ({status.missed_reason})"))
        if status.refused:
            rows.append(("refused by the target", status.refused))
        if status.runner is not None:
            runner = status.runner
            rows.append(("at work", f"{runner['owner']} since {runner['since']}"))
        for what, value in rows:
            shown = f"{value:,}" if isinstance(value, int) else value
            console.say(f"  {what + ':':26} {shown}")
        console.say(f"  {'next:':26} {status.following}")
        return status.to_dict()


class PlanStep(Step):
    """What will be copied, and what can't be."""

    name = "plan"
    help = "say what will be copied and what can't be; changes nothing"
    has_format = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option to accept losses."""
        _add_losses(parser)

    def run(self, console: Console, context: MigrationContext) -> None:
        """Show the plan."""
        plan = make_plan(context)
        unaccepted = plan.unaccepted(console.options["accept_loss"])
        console.json({**plan.to_dict(), "unaccepted": [each.field for each in unaccepted]})
        source, target = context.migration.source, context.migration.target
        console.say(f"{context.name}: {source.djelme.label} to {target.djelme.label}")
        console.say()
        rows: list[tuple[object, ...]] = [
            (each.index, each.documents, size(each.bytes), _read_from(each.has_source))
            for each in plan.indexes
        ]
        if len(rows) > _MOST_ROWS:
            rows = [*rows[:_FIRST_ROWS], ("…", "…", "…", "…"), *rows[-_LAST_ROWS:]]
        console.table(("index", "documents", "size", "read from"), rows)
        console.say(
            f"{len(plan.indexes)} indexes, {plan.documents:,} documents, "
            f"{size(sum(each.bytes for each in plan.indexes))}"
        )
        if plan.seconds is not None:
            console.say(
                f"about {duration(plan.seconds)} with one worker, by {plan.sampled:,} documents "
                f"that were converted on trial"
            )
        console.say()
        console.table(
            ("field", "comes back", "why"),
            [(each.field, each.fate.value, each.reason) for each in plan.fields],
        )
        if plan.trial_refusals:
            console.warn(
                f"{len(plan.trial_refusals)} of {plan.sampled} documents on trial would be "
                f"refused; the first: {plan.trial_refusals[0]}"
            )
        if plan.return_obstacle is not None:
            console.warn(f"After cutover, new records can't be copied back: {plan.return_obstacle}")
        _require_no_obstacle(context, plan.obstacles)
        if unaccepted:
            options = " ".join(f"--accept-loss {each.field}" for each in unaccepted)
            msg = (
                f"{len(unaccepted)} fields would be lost: "
                f"{', '.join(each.field for each in unaccepted)}. To go on without them: "
                f"djelme_migrate start {context.name} {options}"
            )
            raise CommandError(msg)
        console.say(f"Next: djelme_migrate start {context.name}")


def _read_from(has_source: bool) -> str:
    return "_source" if has_source else "doc values"


def _require_no_obstacle(context: MigrationContext, obstacles: Sequence[str]) -> None:
    if obstacles:
        msg = (
            f"{context.name} can't be done as it is declared: {'; '.join(obstacles)}. Change the "
            f"target or write convert()"
        )
        raise CommandError(msg)


def _add_losses(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--accept-loss",
        action="append",
        default=[],
        metavar="FIELD",
        help="go on without a field that can't be copied; may be repeated",
    )


class StartStep(Step):
    """Begin dual writes."""

    name = "start"
    help = "begin dual writes: each write to the source is also written to the target"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option to accept losses."""
        _add_losses(parser)

    def run(self, console: Console, context: MigrationContext) -> None:
        """Begin."""
        start(context, console.options["accept_loss"])
        console.praise(
            "Dual writes are on: from now on, each write to the source is also written to the "
            "target, in every process of the site."
        )
        console.say(f"Next: djelme_migrate backfill {context.name}")


class BackfillStep(Step):
    """Copy what is there."""

    name = "backfill"
    help = "copy what the source has; goes on where it was interrupted"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options of copying."""
        defaults = BackfillOptions()
        parser.add_argument(
            "--indexes", nargs="+", default=(), metavar="PATTERN", help="only these indexes"
        )
        parser.add_argument(
            "--workers",
            type=int,
            default=defaults.workers,
            help="threads that copy (default: %(default)s)",
        )
        parser.add_argument(
            "--rate",
            type=float,
            metavar="DOCS_PER_S",
            help="copy at most so many documents a second",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="read and convert everything, write nothing"
        )
        parser.add_argument(
            "--patience",
            type=float,
            default=defaults.patience,
            metavar="SECONDS",
            help="how long to wait for a cluster that is away (default: %(default)s)",
        )
        parser.add_argument(
            "--most-refused",
            type=int,
            default=defaults.most_refused,
            metavar="N",
            help="stop when the target has refused more documents (default: %(default)s)",
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
                patience=options["patience"],
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
        if result.mended:
            console.say(f"{result.mended:,} documents were mended that dual writes had missed.")
        for refusal in result.refused[:5]:
            console.warn(f"refused: {refusal.id} of {refusal.index}: {refusal.reason}")
        if result.refused:
            console.warn(f"{len(result.refused):,} documents were refused by the target.")
        if options["dry_run"]:
            return
        if result.is_complete:
            console.praise("Everything is copied.")
            console.say(f"Next: djelme_migrate verify {context.name}")
        else:
            console.say(f"Other indexes are left: djelme_migrate backfill {context.name}")


class CutoverStep(Step):
    """Ask the target from now on."""

    name = "cutover"
    help = "let reads and writes through the migration's class go to the target"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options of cutover."""
        parser.add_argument(
            "--keep-dual-writes",
            action="store_true",
            help="write what is written to the target to the source, too",
        )
        parser.add_argument(
            "--accept-refused",
            action="store_true",
            help="go on without the documents that the target refuses",
        )

    def run(self, console: Console, context: MigrationContext) -> None:
        """Cut over."""
        state = cutover(
            context,
            keep_dual_writes=console.options["keep_dual_writes"],
            accept_refused=console.options["accept_refused"],
        )
        where = "both sides" if state.keep_dual_writes else "the target alone"
        console.praise(
            f"{context.name} asks the target now; what is written through it goes to {where}."
        )
        if (obstacle := context.conversion.obstacle_to_return) is not None:
            console.warn(f"New records can't be copied back from now on: {obstacle}")
        console.say(
            f"Next: djelme_migrate finish {context.name}, or djelme_migrate rollback {context.name}"
        )


class RollbackStep(Step):
    """Go back."""

    name = "rollback"
    help = "go back one phase; copies back what was written to the target alone"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option to leave records."""
        parser.add_argument(
            "--leave-new-records",
            action="store_true",
            help="leave records in the target that were written there since cutover",
        )

    def run(self, console: Console, context: MigrationContext) -> None:
        """Go back."""
        done = rollback(context, leave_new_records=console.options["leave_new_records"])
        if done.state.phase is Phase.NEW:
            console.praise("Dual writes are off. What was copied stays in the target.")
        else:
            console.praise(f"{context.name} asks the source again; dual writes are on.")
        if done.returned is not None:
            console.say(
                f"{done.returned.copied:,} records were copied back that were written to the "
                f"target since cutover."
            )
            for id, reason in done.returned.refused[:5]:  # noqa: A001 - its name in Elasticsearch
                console.warn(f"not copied back: {id}: {reason}")
        console.say(f"Next: {next_step(read_status(context))}")


class FinishStep(Step):
    """End it."""

    name = "finish"
    help = "end dual writes; deletes nothing unless asked to"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option to delete the source."""
        parser.add_argument(
            "--delete-source",
            action="store_true",
            help="delete the source's indexes, after typing the migration's name",
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
        typed = input(f"Type {context.name} to delete them: ")
        if typed.strip() != context.name:
            msg = "that isn't the migration's name; nothing was deleted"
            raise CommandError(msg)
        console.say("Looking once more whether the target has all of them …")
        console.praise(f"{delete_source(context)} indexes were deleted.")


STEPS: tuple[Step, ...] = (
    ListStep(),
    StatusStep(),
    PlanStep(),
    StartStep(),
    BackfillStep(),
    VerifyStep(),
    CutoverStep(),
    FinishStep(),
    RollbackStep(),
)
