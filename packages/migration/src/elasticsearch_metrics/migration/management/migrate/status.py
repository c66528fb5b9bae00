"""The step ``status``: how a migration stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.migration.context import MigrationContext
from elasticsearch_metrics.migration.management.migrate.interface import Step
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.status import read_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elasticsearch_metrics.migration.management.migrate.console import Console
    from elasticsearch_metrics.migration.specification import MigrationSpecification

__all__ = ("StatusStep",)


class StatusStep(Step):
    """How a migration stands."""

    name = "status"
    help = "show how a migration stands and what comes next; all of them without a name"
    name_is_optional = True
    has_format = True

    def run(self, console: Console, context: MigrationContext) -> None:
        """Show one."""
        console.json(self._show(console, context))

    def run_all(self, console: Console, migrations: Sequence[type[MigrationSpecification]]) -> None:
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
