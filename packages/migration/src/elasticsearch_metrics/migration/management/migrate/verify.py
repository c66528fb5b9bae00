"""The step ``verify``: a table of periods, and the first differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from djelme.timeparts import format_timestamp
from elasticsearch_metrics.migration.errors import MigrationError
from elasticsearch_metrics.migration.management.migrate.interface import Step
from elasticsearch_metrics.migration.management.migrate.option import number, switch
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.state.rejected_document import RejectedDocuments
from elasticsearch_metrics.migration.state.state import now
from elasticsearch_metrics.migration.verification.comparison import DifferenceKind
from elasticsearch_metrics.migration.verification.verification import (
    Verification,
    VerificationOptions,
)

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.management.migrate.console import Console
    from elasticsearch_metrics.migration.state.state import MigrationState
    from elasticsearch_metrics.migration.verification.comparison import Difference
    from elasticsearch_metrics.migration.verification.period_metric import PeriodRow
    from elasticsearch_metrics.migration.verification.verification import VerificationResult

__all__ = ("VerifyStep",)

_SHOWN = 10
_DEFAULTS = VerificationOptions()


class VerifyStep(Step):
    """Compare both sides."""

    name = "verify"
    help = "compare the target with the source, period by period and document by document"
    has_format = True
    options = (
        number(
            "--sample",
            "compare so many documents one by one",
            default=_DEFAULTS.sample,
            metavar="N",
        ),
        switch("--full", "compare all documents one by one"),
        switch("--repair", "repair what differs; compares all documents"),
        number(
            "--most-deleted",
            "delete at most so many documents that the source has no more",
            default=_DEFAULTS.most_deleted,
            metavar="N",
        ),
        number(
            "--behind",
            "compare records up to so many seconds ago",
            default=_DEFAULTS.behind,
            metavar="SECONDS",
        ),
    )

    def run(self, console: Console, context: MigrationContext) -> None:
        """Compare."""
        options = console.options
        doing = "verify --repair" if options["repair"] else "verify"
        with context.step(doing, Phase.DUAL, Phase.CUTOVER) as held:
            result = self._verify(console, context, held.state)
        console.json({"migration": context.name, **result.to_dict()})
        _write(console, context, result)
        if not result.matches:
            msg = (
                f"the target differs from the source; repair it with: djelme_migrate verify "
                f"{context.name} --repair"
            )
            raise CommandError(msg)

    def _verify(
        self, console: Console, context: MigrationContext, state: MigrationState
    ) -> VerificationResult:
        options = console.options
        if state.backfill is None:
            msg = f"nothing is copied yet; run first: djelme_migrate backfill {context.name}"
            raise MigrationError(msg, migration=context.name)
        verification = Verification(
            context,
            VerificationOptions(
                sample=options["sample"],
                full=options["full"],
                repair=options["repair"],
                behind=options["behind"],
                # After cutover the source may lack what the target rightly has.
                most_deleted=options["most_deleted"] if state.phase is Phase.DUAL else 0,
            ),
        )
        result = verification.run()
        context.keeper.change(
            "verify --repair" if options["repair"] else "verify",
            verification={
                "checked": now(),
                "until": format_timestamp(result.until),
                "matches": result.matches,
                "mode": "full" if result.is_full else "sample",
            },
        )
        return result


def _write(console: Console, context: MigrationContext, result: VerificationResult) -> None:
    console.say(
        f"{context.name}: compared up to {format_timestamp(result.until)}; later records may be "
        f"on their way"
    )
    console.say()
    if result.by_period:
        console.table(
            ("period", "source", "target", "refused", "metrics", "result"),
            [
                (
                    row.period,
                    row.source + row.refused,
                    row.target,
                    row.refused,
                    row.metrics,
                    _outcome(row),
                )
                for row in result.rows
            ],
        )
        for row in result.rows:
            for item in () if row.is_explained else row.mismatches[:_SHOWN]:
                console.warn(
                    f"  {row.period}: {item.what}: {_number(item.source)} in the source, "
                    f"{_number(item.target)} in the target"
                )
    else:
        console.say(
            "convert() changes documents, so they are compared one by one only; documents of the "
            "target without an origin are not searched for."
        )
    comparison = result.comparison
    console.say()
    what = "all" if result.is_full else "a sample of"
    console.say(
        f"Document by document, {what} {comparison.compared:,} documents of the source: "
        f"{comparison.matching:,} of the target are as they should be, {result.wrong:,} are not."
    )
    if comparison.repaired:
        console.say(f"{comparison.repaired:,} were repaired.")
    if comparison.foreign:
        console.say(
            f"{comparison.foreign:,} documents of the target were not written by this migration."
        )
    shown = [each for each in comparison.differences if each.kind is not DifferenceKind.REFUSED]
    for difference in shown[:_SHOWN]:
        console.warn(f"  {_described(difference)}")
    _conclude(console, context, result)


def _conclude(console: Console, context: MigrationContext, result: VerificationResult) -> None:
    if result.refused:
        console.warn(f"{result.refused:,} documents are refused by the target:")
        for rejected in RejectedDocuments(context.store).all()[:_SHOWN]:
            console.warn(f"  {rejected.id} of {rejected.index}: {rejected.reason}")
    if result.matches:
        if result.refused:
            console.warn("The target matches the source, except for what it refuses.")
        else:
            console.success("The target matches the source.")
        console.say(f"Next: djelme_migrate cutover {context.name}")


def _outcome(row: PeriodRow) -> str:
    if not row.mismatches:
        return "match"
    if row.is_explained:
        return "match, document by document"
    return f"{len(row.mismatches)} differ"


def _described(difference: Difference) -> str:
    place = difference.source or difference.target
    where = "?" if place is None else f"{place[1]} of {place[0]}"
    if difference.kind is DifferenceKind.DIFFERENT:
        fields = "; ".join(
            f"{item.field}: {item.expected} in the source, {item.found} in the target"
            for item in difference.fields
        )
        return f"{where}: {fields}"
    return f"{where}: {difference.kind.value}"


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)
