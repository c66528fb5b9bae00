"""What is kept about a migration as a whole."""

from __future__ import annotations

import contextlib
import datetime
import socket
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from djelme.timeparts import format_timestamp
from elasticsearch_metrics.backend.deadline import answered_within
from elasticsearch_metrics.migration.errors import MigrationStateConflictError
from elasticsearch_metrics.migration.phase import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch_metrics.migration.state.store import StateStore
    from elasticsearch_metrics.state.store import Stored

__all__ = ("MigrationState", "StateKeeper", "now")

#: How many steps the history remembers.
_REMEMBERED_STEPS = 50


def now() -> str:
    """Return the present moment in UTC and ISO 8601."""
    return format_timestamp(datetime.datetime.now(datetime.timezone.utc))


@dataclass(frozen=True)
class MigrationState:
    """How far a migration is.

    Attributes:
        phase: the phase.
        keep_dual_writes: after cutover, writes to the target are also written to the source.
        accepted_losses: fields of the source whose loss was accepted.
        backfill: of the last complete backfill: ``completed`` (when), ``copied``, ``refused``.
        verification: of the last verify: ``checked``, ``until``, ``matches``, ``mode``.
        cutover: of the last cutover: ``at``, ``sequence`` (highest number of each target index).
        history: the last steps: ``at``, ``step``, ``host``.
    """

    phase: Phase = Phase.NEW
    keep_dual_writes: bool = False
    accepted_losses: tuple[str, ...] = ()
    backfill: Mapping[str, Any] | None = None
    verification: Mapping[str, Any] | None = None
    cutover: Mapping[str, Any] | None = None
    history: tuple[Mapping[str, Any], ...] = field(default=())

    @classmethod
    def read(cls, stored: Stored | None) -> MigrationState:
        """Return the state that was found; that of a migration that never began for None."""
        if stored is None:
            return cls()
        state = dict(stored.state)
        return cls(
            phase=Phase(state["phase"]),
            keep_dual_writes=state["keep_dual_writes"],
            accepted_losses=tuple(state["accepted_losses"]),
            backfill=state["backfill"],
            verification=state["verification"],
            cutover=state["cutover"],
            history=tuple(state["history"]),
        )

    def changed(self, step: str, **changes: Any) -> MigrationState:
        """Return the state after a step."""
        entry = {"at": now(), "step": step, "host": socket.gethostname()}
        history = (*self.history, entry)[-_REMEMBERED_STEPS:]
        return replace(self, **changes, history=history)

    def to_dict(self) -> dict[str, Any]:
        """Return the state as JSON can hold it."""
        return {**asdict(self), "phase": self.phase.value}


class StateKeeper:
    """Reads and changes the state of one migration."""

    def __init__(self, store: StateStore) -> None:
        self.store = store

    def read(self, *, timeout: float | None = None) -> MigrationState:
        """Return the state as it is now.

        Raises:
            MigrationStateLostError: if the migration was started and its state is gone.
        """
        return MigrationState.read(self._find(timeout))

    def begin(self) -> None:
        """Keep the state of a migration that is new, unless something is kept about it."""
        with contextlib.suppress(MigrationStateConflictError):
            self.store.put("", "migration", MigrationState().to_dict(), instead_of=None)

    def change(self, step: str, **changes: Any) -> MigrationState:
        """Change some entries and return the new state.

        Raises:
            MigrationStateConflictError: if somebody else changed it at the same moment.
            MigrationStateLostError: if the migration was started and its state is gone.
        """
        stored = self._find(None)
        state = MigrationState.read(stored).changed(step, **changes)
        self.store.put("", "migration", state.to_dict(), instead_of=stored)
        return state

    def _find(self, timeout: float | None) -> Stored | None:
        stored = self.store.get(timeout=timeout)
        if stored is None:
            with contextlib.nullcontext() if timeout is None else answered_within(timeout):
                if self.store.has_begun:
                    raise self.store.missing()
        return stored
