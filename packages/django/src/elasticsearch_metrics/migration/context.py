"""What the steps of one migration work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elasticsearch_metrics.migration.conversion import Conversion
from elasticsearch_metrics.migration.corpus import Corpus
from elasticsearch_metrics.migration.errors import MigrationError
from elasticsearch_metrics.migration.lock import RunnerLock
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.state import StateKeeper
from elasticsearch_metrics.migration.store import StateStore

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.declaration import Migration
    from elasticsearch_metrics.migration.state import MigrationState

__all__ = ("MigrationContext",)

#: What a phase that a step doesn't fit calls for.
_NEXT = {
    Phase.NEW: "dual writes are off; begin with: djelme_migrate start {name}",
    Phase.DUAL: "it isn't cut over; do that with: djelme_migrate cutover {name}",
    Phase.CUTOVER: (
        "it is cut over; end it with: djelme_migrate finish {name}, or go back with: "
        "djelme_migrate rollback {name}"
    ),
    Phase.FINISHED: "it is finished; go back with: djelme_migrate rollback {name}",
}


class MigrationContext:
    """Both sides of a migration, its conversion and its state.

    Args:
        migration: the migration.

    Raises:
        djelme.errors.ConfigurationError: if a backend is missing.
    """

    def __init__(self, migration: type[Migration]) -> None:
        self.migration = migration
        self.name = migration.name
        self.conversion = Conversion(migration)
        self.source = Corpus(migration, migration.source)
        self.target = Corpus(migration, migration.target)
        self.store = StateStore(migration)
        self.keeper = StateKeeper(self.store)

    def lock(self, doing: str) -> RunnerLock:
        """Return the lock for a step; to be held while it runs."""
        return RunnerLock(self.store, self.name, doing)

    def require_phase(self, step: str, *phases: Phase) -> MigrationState:
        """Return the state if a step fits its phase.

        Raises:
            MigrationError: if not; it names the next step.
        """
        state = self.keeper.read()
        if state.phase not in phases:
            following = _NEXT[state.phase].format(name=self.name)
            msg = f"{step} isn't possible in phase {state.phase.value!r}: {following}"
            raise MigrationError(msg, migration=self.name)
        return state

    def require_available(self) -> None:
        """Check that no primary shard of both sides is away.

        Raises:
            djelme.errors.IncompleteAnswerError: if one is.
        """
        self.source.require_available()
        self.target.require_available()

    def require_setup(self) -> None:
        """Check that both record types are set up.

        Raises:
            djelme.errors.DjelmeSetupError: if the target isn't; it names the command.
        """
        self.migration.target.check_djelme_setup()
