"""What the steps of one migration work with."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from elasticsearch_metrics.migration.document.conversion import Conversion
from elasticsearch_metrics.migration.document.dataset import Dataset
from elasticsearch_metrics.migration.errors import MigrationError
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.state.state import StateKeeper
from elasticsearch_metrics.migration.state.store import StateStore
from elasticsearch_metrics.state.lock import RunnerLock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch_metrics.migration.specification import MigrationSpecification
    from elasticsearch_metrics.migration.state.state import MigrationState

__all__ = ("HeldStep", "MigrationContext")

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


class HeldStep(NamedTuple):
    """A step while it runs.

    Attributes:
        state: the migration's, as it was when the lock was taken.
        lock: is held.
    """

    state: MigrationState
    lock: RunnerLock


class MigrationContext:
    """Both sides of a migration, its conversion and its state.

    Args:
        migration: the migration.

    Raises:
        djelme.errors.ConfigurationError: if a backend is missing.
    """

    def __init__(self, migration: type[MigrationSpecification]) -> None:
        self.migration = migration
        self.name = migration.name
        self.conversion = Conversion(migration)
        self.source = Dataset(migration, migration.source)
        self.target = Dataset(migration, migration.target)
        self.store = StateStore(migration)
        self.keeper = StateKeeper(self.store)

    @contextlib.contextmanager
    def step(self, doing: str, *phases: Phase) -> Iterator[HeldStep]:
        """Give the state, and the lock that is held, while a step runs that changes something.

        Nothing is written where the step doesn't fit the phase.

        Args:
            doing: the step, for others to read.
            phases: those that it fits.

        Raises:
            MigrationError: if the phase isn't one of them; it names the next step.
            MigrationLockedError: if another runner holds the lock.
        """
        self.require_phase(doing, *phases)
        self.store.home.verify(repair=True)
        with RunnerLock(self.store, doing).held() as lock:
            # As others may have left it meanwhile.
            yield HeldStep(self.require_phase(doing, *phases), lock)

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
