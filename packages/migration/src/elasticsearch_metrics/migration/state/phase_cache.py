"""Know the phase of a migration in every process of a site, without asking at each request.

A snapshot is valid for `SNAPSHOT_VALIDITY` seconds. Whoever changes the phase waits a little
longer, and can then rely on every process acting by the new phase: a process never acts by an older
snapshot, it asks again or leaves the decision to the thread that sends.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, NamedTuple

from djelme.errors import DjelmeError
from djelme.log_field import log_fields
from elasticsearch_metrics.migration.errors import MigrationPhaseUnknownError
from elasticsearch_metrics.migration.state.state import StateKeeper
from elasticsearch_metrics.migration.state.store import StateStore

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.phase import Phase
    from elasticsearch_metrics.migration.specification import MigrationSpecification

__all__ = ("SETTLING_TIME", "SNAPSHOT_VALIDITY", "PhaseCache", "PhaseSnapshot", "phase_cache")

logger = logging.getLogger(__name__)

#: How long a snapshot is valid, in seconds.
SNAPSHOT_VALIDITY = 3.0
#: How long after a change of phase every process acts by it, in seconds.
SETTLING_TIME = SNAPSHOT_VALIDITY + 0.5
#: How long a caller waits for a snapshot, in seconds.
_READ_TIMEOUT = 1.0
#: How long after a failed request no caller waits for another one, in seconds.
_PAUSE = 15.0
#: The same where none was ever answered, so that callers can't go on meanwhile, in seconds.
_FIRST_PAUSE = 2.0
#: How often a caller asks who can't go on without an answer.
_FIRST_ATTEMPTS = 3


class PhaseSnapshot(NamedTuple):
    """A phase as it was at a moment.

    Attributes:
        phase: the phase.
        keeps_dual_writes: writes to the target are also written to the source.
    """

    phase: Phase
    keeps_dual_writes: bool = False


class PhaseCache:
    """The phases of all migrations, as this process knows them."""

    def __init__(self) -> None:
        self._snapshots: dict[str, tuple[float, PhaseSnapshot]] = {}
        self._failures: dict[str, tuple[float, str]] = {}

    def fresh(self, migration: type[MigrationSpecification]) -> PhaseSnapshot | None:
        """Return the last snapshot if it is still valid. Asks no cluster."""
        found = self._snapshots.get(migration.name)
        if found is None or time.monotonic() - found[0] > SNAPSHOT_VALIDITY:
            return None
        return found[1]

    def read(
        self, migration: type[MigrationSpecification], *, timeout: float | None = None
    ) -> PhaseSnapshot:
        """Ask for the phase, unless the last snapshot is still valid.

        Raises:
            djelme.errors.DjelmeError: if there is no answer.
        """
        known = self.fresh(migration)
        if known is not None:
            return known
        asked = time.monotonic()  # The answer may be as old as this.
        state = StateKeeper(StateStore(migration)).read(timeout=timeout)
        snapshot = PhaseSnapshot(state.phase, state.keep_dual_writes)
        self._snapshots[migration.name] = (asked, snapshot)
        return snapshot

    def current(
        self, migration: type[MigrationSpecification], *, writes: bool = False
    ) -> PhaseSnapshot:
        """Return the phase for a caller who has to go on if at all possible.

        Where the cluster of the target doesn't answer within a second, the last snapshot goes on to
        count. Without any there is nothing to go by: records of a migration that is finished would
        be written where nobody looks for them.

        Args:
            migration: the migration.
            writes: the caller is going to write. An older snapshot never leads to the target:
                after a rollback, nobody would look for the record there.

        Raises:
            MigrationPhaseUnknownError: if there is no answer, and never was one.
            djelme.errors.DjelmeError: if there is no answer, and by the last snapshot the
                record would go to the target.
        """
        known = self.fresh(migration)
        if known is not None:
            return known
        name = migration.name
        last = self._snapshots.get(name)
        not_before, reason = self._failures.get(name, (0.0, ""))
        if time.monotonic() >= not_before:
            # One node of several may be away, and the next attempt goes to another one.
            for _ in range(1 if last else _FIRST_ATTEMPTS):
                try:
                    return self.read(migration, timeout=_READ_TIMEOUT)
                except DjelmeError as error:
                    reason = str(error)
            pause = _PAUSE if last else _FIRST_PAUSE
            self._failures[name] = (time.monotonic() + pause, reason)
            logger.warning(
                "the phase of migration %s can't be read: %s",
                name,
                reason,
                extra=log_fields(migration=name, reason=reason),
            )
        if last is None:
            msg = f"its phase can't be read, so it isn't known which side to ask: {reason}"
            raise MigrationPhaseUnknownError(msg, migration=name)
        if writes and last[1].phase.asks_target:
            return self.read(migration)
        return last[1]

    def forget(self) -> None:
        """Ask anew at the next occasion."""
        self._snapshots.clear()
        self._failures.clear()


phase_cache = PhaseCache()
