"""The step ``plan``: what will be copied, and what can't be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from djelme.quantity import duration
from elasticsearch_metrics.migration.management.migrate.console import size
from elasticsearch_metrics.migration.management.migrate.interface import Step
from elasticsearch_metrics.migration.management.migrate.option import LOSS_OPTION
from elasticsearch_metrics.migration.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.management.migrate.console import Console

__all__ = ("PlanStep",)

#: Of many indexes, the plan's table has the first and the last ones.
_MOST_ROWS, _FIRST_ROWS, _LAST_ROWS = 20, 8, 4


class PlanStep(Step):
    """What will be copied, and what can't be."""

    name = "plan"
    help = "say what will be copied and what can't be; changes nothing"
    has_format = True
    options = (LOSS_OPTION,)

    def run(self, console: Console, context: MigrationContext) -> None:
        """Show the plan."""
        plan = make_plan(context)
        unaccepted = plan.unaccepted(console.options["accept_loss"])
        console.json({**plan.to_dict(), "unaccepted": [each.field for each in unaccepted]})
        source, target = context.migration.source, context.migration.target
        versions = (plan.source_version, plan.target_version)
        on = ", Elasticsearch {} to {}".format(*versions) if all(versions) else ""
        console.say(f"{context.name}: {source.djelme.label} to {target.djelme.label}{on}")
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
            [(each.field, each.fidelity.value, each.reason) for each in plan.fields],
        )
        if plan.trial_rejections:
            console.warn(
                f"{len(plan.trial_rejections)} of {plan.sampled} documents on trial would be "
                f"refused; the first: {plan.trial_rejections[0]}"
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
