"""Go from one phase to another."""

from __future__ import annotations

import datetime
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.timeparts import parse_timestamp
from elasticsearch_metrics.migration.copying.copy_back import copy_back, sequence_numbers
from elasticsearch_metrics.migration.dual_write.gap import find_gaps
from elasticsearch_metrics.migration.errors import MigrationError, MigrationStateLostError
from elasticsearch_metrics.migration.pace import RetryBudget
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.plan import make_plan
from elasticsearch_metrics.migration.state.checkpoint import delete_checkpoints
from elasticsearch_metrics.migration.state.phase_cache import SETTLING_TIME
from elasticsearch_metrics.migration.state.rejected_document import RejectedDocuments
from elasticsearch_metrics.migration.state.state import MigrationState, now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.copying.copy_back import CopiedBack

__all__ = ("CUTOVER_MAX_AGE", "cutover", "finish", "rollback", "start")

logger = logging.getLogger(__name__)

#: How old a verification may be at cutover, in seconds.
CUTOVER_MAX_AGE = 3600.0


@dataclass(frozen=True)
class RolledBack:
    """What a rollback has done.

    Attributes:
        state: the new state.
        copied_back: what was copied back, None if nothing had to be.
    """

    state: MigrationState
    copied_back: CopiedBack | None


def start(
    context: MigrationContext, accepted_losses: Iterable[str], *, begin_anew: bool = False
) -> MigrationState:
    """Begin dual writes; when it returns, every process of the site makes them.

    Args:
        context: the migration.
        accepted_losses: fields of the source that may be lost.
        begin_anew: begin although what was kept about the migration is gone.

    Raises:
        MigrationError: if something would be lost that nobody has accepted.
        djelme.errors.DjelmeError: if a cluster doesn't answer or the target isn't set up.
    """
    context.require_setup()
    try:
        state = context.require_phase("start", Phase.NEW, Phase.DUAL)
    except MigrationStateLostError:
        if not begin_anew:
            raise
        state = MigrationState()
    accepted = tuple(sorted({*state.accepted_losses, *accepted_losses}))
    _require_nothing_lost(context, accepted)
    context.store.create_index()
    context.keeper.begin()
    with context.step("start", Phase.NEW, Phase.DUAL) as held:
        state = held.state
        if state.phase is Phase.NEW:
            _forget_copies(context)
            context.store.home.remember(context.name)
            state = context.keeper.change(
                "start",
                phase=Phase.DUAL,
                accepted_losses=accepted,
                backfill=None,
                verification=None,
            )
        _settle()
    return state


def _require_nothing_lost(context: MigrationContext, accepted: Iterable[str]) -> None:
    plan = make_plan(context)
    if plan.obstacles:
        msg = f"{plan.obstacles[0]}; change the target or write convert()"
        raise MigrationError(msg, migration=context.name)
    losses = plan.unaccepted(accepted)
    if losses:
        options = " ".join(f"--accept-loss {each.field}" for each in losses)
        msg = (
            f"field {losses[0].field!r} would be lost ({losses[0].reason}); to go on without "
            f"what is lost, use: djelme_migrate start {context.name} {options}"
        )
        raise MigrationError(msg, migration=context.name)


def cutover(
    context: MigrationContext, *, keep_dual_writes: bool, accept_refused: bool
) -> MigrationState:
    """Let reads and writes through the migration's class go to the target.

    Raises:
        MigrationError: without a fresh verification that matches.
    """
    with context.step("cutover", Phase.DUAL, Phase.CUTOVER) as held:
        state = held.state
        context.require_available()
        if state.phase is Phase.DUAL:
            missing = _missing_proof(context, state, accept_refused=accept_refused)
            if missing is not None:
                msg = f"cutover isn't possible: {missing}"
                raise MigrationError(msg, migration=context.name)
        if keep_dual_writes and (obstacle := context.conversion.copy_back_obstacle):
            msg = f"--keep-dual-writes isn't possible: {obstacle}"
            raise MigrationError(msg, migration=context.name)
        changes: dict[str, Any] = {"keep_dual_writes": keep_dual_writes}
        if state.phase is Phase.DUAL:
            # Before the change: what is written after it has higher numbers.
            sequence = sequence_numbers(context)
            changes |= {"phase": Phase.CUTOVER, "cutover": {"at": now(), "sequence": sequence}}
            context.store.home.remember(context.name)
        state = context.keeper.change("cutover", **changes)
        _settle()
    return state


def _missing_proof(
    context: MigrationContext, state: MigrationState, *, accept_refused: bool
) -> str | None:
    """Return why it isn't certain that the target is complete, None if it is."""
    verify = f"djelme_migrate verify {context.name}"
    backfill = f"djelme_migrate backfill {context.name}"
    proof = state.verification
    if state.backfill is None:
        return f"nothing was copied yet; run: {backfill}"
    if proof is None:
        return f"nothing was compared yet; run: {verify}"
    checked = proof["checked"]
    age = datetime.datetime.now(datetime.timezone.utc) - parse_timestamp(checked)
    gaps = find_gaps(context.store)
    refused = 0 if accept_refused else RejectedDocuments(context.store).count()
    reason = None
    if not proof["matches"]:
        reason = (
            f"the last verify, of {checked}, found differences; see what they are with: {verify}, "
            f"and repair them with: {verify} --repair"
        )
    elif age.total_seconds() > CUTOVER_MAX_AGE:
        reason = f"the last verify is of {checked}; run it again: {verify}"
    elif checked < state.backfill["completed"]:
        reason = f"something was copied since the last verify; run it again: {verify}"
    elif gaps:
        reason = (
            f"{sum(gap.state['count'] for gap in gaps)} dual writes were missed "
            f"({gaps[0].state['reason']}); catch up with: {backfill}"
        )
    elif refused:
        reason = (
            f"the target refuses {refused} documents (see {verify}); correct them, or do without "
            f"them with --accept-refused"
        )
    return reason


def rollback(context: MigrationContext, *, leave_new_records: bool) -> RolledBack:
    """Go back one phase: from cutover or the end to dual writes, from there to nothing.

    Raises:
        MigrationError: if records can't be copied back and nobody has accepted that.
    """
    state = context.require_phase("rollback", *Phase)
    if state.phase is Phase.NEW:
        return RolledBack(state, None)
    with context.step("rollback", Phase.DUAL, Phase.CUTOVER, Phase.FINISHED) as held:
        state = held.state
        if (state.cutover or {}).get("source_deleted"):
            msg = "there is no way back: indexes of the source were deleted"
            raise MigrationError(msg, migration=context.name)
        if state.phase is Phase.DUAL:
            if (state.cutover or {}).get("copying_back"):
                return RolledBack(*_copy_back(context, leave_new_records=leave_new_records))
            state = context.keeper.change(
                "rollback", phase=Phase.NEW, backfill=None, verification=None, cutover=None
            )
            context.store.home.forget(context.name)
            _settle()
            _forget_copies(context)
            return RolledBack(state, None)
        obstacle = context.conversion.copy_back_obstacle
        if obstacle and not leave_new_records:
            msg = (
                f"records that were written to the target since cutover can't be copied back: "
                f"{obstacle}. They stay in the target if you go back with: "
                f"djelme_migrate rollback {context.name} --leave-new-records"
            )
            raise MigrationError(msg, migration=context.name)
        # First let all processes write to the source again, then copy what they wrote before.
        changes: dict[str, Any] = {
            "phase": Phase.DUAL,
            "keep_dual_writes": False,
            "verification": None,
            "cutover": {**(state.cutover or {}), "copying_back": True},
        }
        if state.phase is Phase.FINISHED:
            # Since the end, writes to the source were not copied.
            changes["backfill"] = None
            delete_checkpoints(context.store)
        context.keeper.change("rollback", **changes)
        _settle()
        return RolledBack(*_copy_back(context, leave_new_records=leave_new_records))


def _copy_back(
    context: MigrationContext, *, leave_new_records: bool
) -> tuple[MigrationState, CopiedBack | None]:
    """Copy back, and keep that it is done; until then, a rollback begins here again."""
    state = context.keeper.read()
    copied = None
    if not leave_new_records:
        sequence = (state.cutover or {}).get("sequence", [])
        copied = copy_back(context, sequence, RetryBudget(300.0))
    state = context.keeper.change("rollback: copied back", cutover=None)
    return state, copied


def finish(context: MigrationContext) -> MigrationState:
    """End dual writes.

    Raises:
        MigrationError: if the migration isn't cut over, or if writes were missed.
    """
    with context.step("finish", Phase.CUTOVER, Phase.FINISHED) as held:
        state = held.state
        gaps = find_gaps(context.store)
        if gaps:
            msg = (
                f"some writes to the source haven't reached the target; copy them with: "
                f"djelme_migrate backfill {context.name}"
            )
            raise MigrationError(msg, migration=context.name)
        if state.phase is Phase.CUTOVER:
            state = context.keeper.change("finish", phase=Phase.FINISHED, keep_dual_writes=False)
            _settle()
    return state


def _forget_copies(context: MigrationContext) -> None:
    """Forget what an earlier run has copied and missed."""
    delete_checkpoints(context.store)
    for gap in find_gaps(context.store):
        context.store.delete(gap)


def _settle() -> None:
    """Wait until no process acts by an older snapshot of the phase."""
    time.sleep(SETTLING_TIME)
