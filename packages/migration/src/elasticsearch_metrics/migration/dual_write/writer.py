"""Dual writes: what is written to one side of a migration is written to the other, too.

Nobody waits for it. Writes are handed over in memory, bounded; one thread of each process looks up
what phase the migration is in, converts and sends. What can't be sent is saved as a gap, which the
next backfill closes.

It is long, as its queue, its thread and the end of its process are one life, under one lock.
"""

from __future__ import annotations

import enum
import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from djelme import process
from djelme.delivery import lifetime
from djelme.delivery.batch import Batch
from djelme.delivery.retry import Backoff, PersistentRetryPolicy
from djelme.delivery.worker import Worker
from djelme.errors import BackendRefusedError, ConfigurationError, DjelmeError
from djelme.log_field import log_fields
from elasticsearch_metrics.delivery import submission
from elasticsearch_metrics.index.setup_guard import setup_guard
from elasticsearch_metrics.migration.document.conversion import Conversion, ConversionError
from elasticsearch_metrics.migration.dual_write.gap import GapLedger
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.registry import migration_registry
from elasticsearch_metrics.migration.state.phase_cache import phase_cache
from elasticsearch_metrics.migration.state.store import StateStore
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from djelme.operation import Operation, Outcome
    from elasticsearch_metrics.index.placement import Placement
    from elasticsearch_metrics.migration.specification import MigrationSpecification
    from elasticsearch_metrics.migration.state.phase_cache import PhaseSnapshot

__all__ = ("Direction", "DualWriter", "dual_writer")

logger = logging.getLogger(__name__)

#: Most writes that wait in memory, and most bytes of them.
QUEUE_MAX = 20_000
QUEUE_MAX_BYTES = 64 * 1024 * 1024
_BATCH_SIZE = 500
#: The queue in memory keeps what isn't taken at once, and tries it again.
_ONE_ATTEMPT = PersistentRetryPolicy(attempts=1)
_BATCH_DELAY = 0.2
#: How long the end of a process waits for what is left, in seconds.
_SHUTDOWN_DEADLINE = 3.0
#: How long it may then take to save what was missed, in seconds.
_LAST_SAVE = 2.0
#: How long to wait after a failure, in seconds.
_BACKOFF = Backoff(0.2, 5.0)
_IDLE = 3600.0
_GAP_SAVED_WITHIN = 5.0


class Direction(enum.Enum):
    """From where to where."""

    FORWARD = "forward"
    BACK = "back"

    def applies(self, snapshot: PhaseSnapshot) -> bool:
        """Return whether writes go in this direction in a phase."""
        if self is Direction.FORWARD:
            return snapshot.phase.is_forwarding
        return snapshot.phase is Phase.CUTOVER and snapshot.keeps_dual_writes


class _Entry(NamedTuple):
    migration: type[MigrationSpecification]
    direction: Direction
    operation: Operation
    #: Whether it was known to be copied at the moment when it was written.
    is_decided: bool


class DualWriter:
    """The dual writes of this process.

    Args:
        queue_max: most writes that wait.

    Attributes:
        sent: documents that the other side has taken.
        missed: writes that became a part of a gap.
    """

    def __init__(self, queue_max: int = QUEUE_MAX) -> None:
        self._queue_max = queue_max
        self._ledger = GapLedger()
        self._begin()

    def _begin(self) -> None:
        self.sent = self.missed = 0
        self._entries: deque[_Entry] = deque()
        self._bytes = 0
        self._failures = 0
        self._not_before = 0.0
        self._is_flushing = self._is_ending = False
        self._counting = process.Lock()
        self._drained = threading.Condition()
        self._busy: list[_Entry] = []
        self._conversions: dict[type[MigrationSpecification], Conversion] = {}
        self._worker = Worker("djelme-migration", self._step)

    def start(self) -> None:
        """Observe what this process writes from now on."""
        lifetime.register(self)
        if self.observe not in submission.observers:
            submission.observers.append(self.observe)

    # The callers' side.

    def observe(self, placement: Placement, operations: Sequence[Operation]) -> None:
        """Take over what was written; quick, and without raising."""
        recordtype = placement.recordtype
        for migration in migration_registry.of_source(recordtype):
            self._take_over(migration, Direction.FORWARD, placement, operations)
        for migration in migration_registry.of_target(recordtype):
            self._take_over(migration, Direction.BACK, placement, operations)

    def _take_over(
        self,
        migration: type[MigrationSpecification],
        direction: Direction,
        placement: Placement,
        operations: Sequence[Operation],
    ) -> None:
        snapshot = phase_cache.fresh(migration)
        if snapshot is not None and not direction.applies(snapshot):
            return
        if not _is_usual(placement):
            return  # Written elsewhere, with `using`: the migration isn't about that.
        refused = []
        for operation in operations:
            if len(self._entries) >= self._queue_max or self._bytes > QUEUE_MAX_BYTES:
                refused.append(operation)
                continue
            self._entries.append(_Entry(migration, direction, operation, snapshot is not None))
            self._count_bytes(len(operation.lines))
        if refused:
            self._miss(migration, direction, refused, "too many writes were waiting")
        self._worker.wake()
        if lifetime.is_over():
            self.close()

    def flush(self, timeout: float) -> bool:
        """Send what waits; return whether nothing waits any more.

        Args:
            timeout: how long to wait for that, in seconds.
        """
        self._is_flushing = True
        self._not_before = 0.0
        try:
            if self._is_drained() or self._worker.wake():
                with self._drained:
                    self._drained.wait_for(self._is_drained, timeout)
            else:
                self._worker.work(self._is_drained, timeout)
            return self._is_drained()
        finally:
            self._is_flushing = False

    def _is_drained(self) -> bool:
        return not self._entries and not self._busy and not self._ledger

    # As `lifetime` asks for.

    def reset(self) -> None:
        """Begin anew in a child process: what the parent has taken over is the parent's."""
        self._ledger.reset()
        self._begin()

    def secure(self) -> bool:
        """Do what `close` does: more may come after it."""
        return self.close()

    def close(self, deadline: float | None = None) -> bool:
        """Send what waits as far as there is time; what is left becomes a gap.

        Only the thread asks clusters, also now: a connection that hangs must not keep the process
        from ending.
        """
        if self._is_drained():
            return True
        if not self.flush(_SHUTDOWN_DEADLINE if deadline is None else deadline):
            self._is_ending = True
            self.flush(_LAST_SAVE)
        self._worker.stop(0.5)
        unsaved = {entry.migration for entry in [*self._busy, *self._entries]}
        for migration in unsaved.union(self._ledger.migrations()):
            logger.error(
                "dual writes of migration %s were missed at the end of the process and can't be "
                "saved; `djelme_migrate verify --full --repair` finds them",
                migration.name,
                extra=log_fields(migration=migration.name),
            )
        self.reset()
        return True

    # The thread's side.

    def _step(self) -> float:
        """Send one batch, and return after how many seconds to be called again."""
        if self._is_ending:
            self._miss_all("the process ended before they were sent")
        if len(self._entries) < _BATCH_SIZE and not self._is_flushing and not self._failures:
            # Writes come in bursts: together they are cheaper.
            time.sleep(_BATCH_DELAY)
        delay = self._send_some()
        delay = min(delay, self._save_gaps())
        if self._is_drained():
            with self._drained:
                self._drained.notify_all()
        return delay

    def _send_some(self) -> float:
        waiting = self._not_before - time.monotonic()
        if waiting > 0:
            return waiting
        entries = self._busy or self._pop_some()
        if not entries:
            return _IDLE
        self._busy = entries
        try:
            self._send(entries)
        except DjelmeError as error:
            self._failures += 1
            delay = _BACKOFF.delay(self._failures)
            self._not_before = time.monotonic() + delay
            logger.warning(
                "dual writes wait for %.1f s: %s",
                delay,
                error,
                extra=log_fields(
                    backend=getattr(error, "backend", None),
                    migration=entries[0].migration.name,
                    records=len(entries),
                    reason=str(error),
                ),
            )
            return delay
        self._failures = 0
        self._busy = []
        return 0.0 if self._entries else _IDLE

    def _pop_some(self) -> list[_Entry]:
        """Take entries of one migration and direction, oldest first."""
        entries: list[_Entry] = []
        while self._entries and len(entries) < _BATCH_SIZE:
            first = self._entries[0]
            if entries and first[:2] != entries[0][:2]:
                break
            entries.append(self._entries.popleft())
            self._count_bytes(-len(first.operation.lines))
        return entries

    def _send(self, entries: list[_Entry]) -> None:
        migration, direction = entries[0][:2]
        snapshot = phase_cache.read(migration)
        if not direction.applies(snapshot):
            entries = [entry for entry in entries if entry.is_decided]
            if not entries:
                return
        conversion = self._conversion(migration)
        made: list[Operation] = []
        origins: list[Operation] = []
        for entry in entries:
            try:
                if direction is Direction.FORWARD:
                    converted: Iterable[Operation] = conversion.operations_of(entry.operation)
                else:
                    returned = conversion.reverted_of(entry.operation)
                    converted = () if returned is None else (returned,)
            except ConversionError as error:
                self._miss(migration, direction, [entry.operation], str(error))
                continue
            for operation in converted:
                made.append(operation)
                origins.append(entry.operation)
        if made:
            side = migration.target if direction is Direction.FORWARD else migration.source
            outcomes = store_all(djelme_registry.placement(side), made)
            for origin, outcome in zip(origins, outcomes, strict=True):
                if outcome.reason is None:
                    self.sent += 1
                else:
                    self._miss(migration, direction, [origin], outcome.reason)

    def _conversion(self, migration: type[MigrationSpecification]) -> Conversion:
        found = self._conversions.get(migration)
        if found is None:
            found = self._conversions[migration] = Conversion(migration)
        return found

    def _save_gaps(self) -> float:
        """Write down what was missed, and return how long to wait before trying again."""
        for migration in self._ledger.migrations():
            try:
                self._save_gap(migration)
            except DjelmeError as error:
                logger.warning(
                    "missed dual writes can't be saved yet: %s",
                    error,
                    extra=log_fields(migration=migration.name, reason=str(error)),
                )
                return _GAP_SAVED_WITHIN
        return _IDLE

    def _save_gap(self, migration: type[MigrationSpecification]) -> None:
        """Write down what was missed of a migration, unless nothing had to be written twice."""
        if phase_cache.read(migration).phase.is_forwarding:
            self._ledger.save(migration, StateStore(migration))
        else:
            self._ledger.drop(migration)

    def _miss(
        self,
        migration: type[MigrationSpecification],
        direction: Direction,
        operations: Sequence[Operation],
        reason: str,
    ) -> None:
        self.missed += len(operations)
        if direction is Direction.FORWARD:
            self._ledger.add(migration, operations, reason)
        else:
            # Rolling back copies from the target whatever the source lacks.
            logger.warning(
                "a write to the target isn't in the source: %s",
                reason,
                extra=log_fields(migration=migration.name, records=len(operations)),
            )

    def _miss_all(self, reason: str) -> None:
        for entry in [*self._busy, *self._entries]:
            self._miss(entry.migration, entry.direction, [entry.operation], reason)
        self._busy = []
        self._entries.clear()

    def _count_bytes(self, change: int) -> None:
        with self._counting.held:
            self._bytes += change


def _is_usual(placement: Placement) -> bool:
    """Return whether records went where those of their type go by default."""
    try:
        return placement.backend.name == djelme_registry.backend_name_for(placement.recordtype)
    except ConfigurationError:
        return False


def store_all(placement: Placement, operations: Sequence[Operation]) -> list[Outcome]:
    """Store documents whose type is known to be set up, past everything that observes writes.

    Raises:
        djelme.errors.DjelmeError: if they can't be stored for the moment.
    """
    for index in {operation.index for operation in operations}:
        setup_guard.require(placement, index)
    backend = placement.backend
    batch = Batch(operations, _ONE_ATTEMPT)

    def store_many(operations: Sequence[Operation]) -> Sequence[Outcome]:
        answers = backend.store_many(operations)
        for outcome in answers:
            if outcome.reason is not None and _ONE_ATTEMPT.may_be_taken(outcome):
                raise BackendRefusedError(
                    backend=backend.name, status=outcome.status, reason=outcome.reason
                )
        return answers

    batch.send(store_many, wait=lambda part: time.sleep(part.delay))
    return batch.acknowledged


dual_writer = DualWriter()
