"""How a migration stands, for people and for monitoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.migration.dual_write.gap import find_gaps
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.state.checkpoint import read_checkpoints
from elasticsearch_metrics.migration.state.rejected_document import RejectedDocuments
from elasticsearch_metrics.state.lock import describe_lock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.state.state import MigrationState

__all__ = ("MigrationStatus", "next_step", "read_status")


@dataclass
class MigrationStatus:
    """How a migration stands.

    Attributes:
        name: the migration.
        state: what is kept about it.
        source_documents: number of documents of the source.
        target_documents: number of documents of the target.
        copied: documents of the source that backfill has copied.
        indexes: for each index of the source, how many documents it has and how many are copied.
        missed: number of dual writes that were missed and not caught up.
        missed_reason: why, for one of them.
        refused: number of documents that the target refuses.
        runner: who works on it (``owner``, ``since``, ``doing``), None if nobody does.
        following: what to do next.
    """

    name: str
    state: MigrationState
    source_documents: int
    target_documents: int
    copied: int = 0
    indexes: Sequence[Mapping[str, Any]] = ()
    missed: int = 0
    missed_reason: str = ""
    refused: int = 0
    runner: Mapping[str, Any] | None = None
    following: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "name": self.name,
            **self.state.to_dict(),
            "source_documents": self.source_documents,
            "target_documents": self.target_documents,
            "copied": self.copied,
            "indexes": self.indexes,
            "missed": self.missed,
            "missed_reason": self.missed_reason,
            "refused": self.refused,
            "runner": self.runner,
            "next": self.following,
        }


def read_status(context: MigrationContext) -> MigrationStatus:
    """Ask both clusters.

    Raises:
        djelme.errors.BackendError: if one doesn't answer.
    """
    checkpoints = read_checkpoints(context.store)
    gaps = find_gaps(context.store)
    indexes = [
        {
            "index": status.name,
            "documents": status.documents,
            "copied": checkpoints[status.name].copied if status.name in checkpoints else 0,
            "complete": status.name in checkpoints and checkpoints[status.name].is_complete,
        }
        for status in context.migration.source.each_existing_index()
    ]
    found = MigrationStatus(
        name=context.name,
        state=context.keeper.read(),
        source_documents=context.source.count({"match_all": {}}),
        target_documents=context.target.count({"match_all": {}}),
        copied=sum(point.copied for point in checkpoints.values()),
        indexes=indexes,
        missed=sum(gap.state["count"] for gap in gaps),
        missed_reason=gaps[0].state["reason"] if gaps else "",
        refused=RejectedDocuments(context.store).count(),
        runner=describe_lock(context.store),
    )
    found.following = next_step(found)
    return found


def next_step(status: MigrationStatus) -> str:
    """Return what to do next, as a command where there is one."""
    state, name = status.state, status.name
    if status.runner is not None:
        step = f"wait for {status.runner['owner']}, at {status.runner['doing']}"
    elif state.phase is Phase.NEW:
        step = f"djelme_migrate plan {name}, then djelme_migrate start {name}"
    elif state.phase is Phase.FINISHED:
        step = "nothing: let the site's code use the target, and take the migration's class away"
    elif status.missed or (state.phase is Phase.DUAL and state.backfill is None):
        step = f"djelme_migrate backfill {name}"
    elif state.phase is Phase.CUTOVER:
        step = f"djelme_migrate finish {name}, or djelme_migrate rollback {name}"
    elif state.cutover is not None:
        step = f"djelme_migrate rollback {name}, which was interrupted"
    elif state.verification is None or not state.verification["matches"]:
        step = f"djelme_migrate verify {name}"
    else:
        step = f"djelme_migrate cutover {name}"
    return step
