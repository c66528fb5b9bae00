"""Send batches, one request after the other, and see to what becomes of each operation.

It is long, as one state (the batch on its way) is shared by sending, parking and giving way;
apart they would hand it back and forth.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from djelme.delivery.batch import Batch
from djelme.delivery.dead_letter import DeadLetter
from djelme.delivery.log import Log
from djelme.delivery.retry import PersistentRetryPolicy
from djelme.errors import BackendError, BackendRefusedError, BackendUnreachableError, SpoolError
from djelme.excerpt import excerpt
from djelme.log_field import log_fields
from djelme.operation import Outcome
from djelme.redaction import describe_error, redact_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djelme.delivery.batch import Part
    from djelme.delivery.dead_letter import DeadLetterFile
    from djelme.delivery.retry import Backoff
    from djelme.delivery.spool import Spool, SpooledBatch
    from djelme.delivery.store import Store
    from djelme.operation import Operation

    class _Keep(Protocol):
        def __call__(self, operations: Sequence[Operation], *, bounded: bool = True) -> None: ...


__all__ = ("Sender",)

log = Log(__name__)

#: Attempts after which operations that are refused for the moment make way for others.
_TRIES_BEFORE_PARKING = 3
#: A single operation of more than these bytes that gets no answer in so many attempts, while the
#: backend answers otherwise, is refused.
_LONG = 1024 * 1024
_LONG_ATTEMPTS = 6
_PROBE_TIMEOUT = 5.0
#: Longest reason in logs and stats, in characters: some of the server's fill a page.
_REASON_LENGTH = 300


class Sender:
    """Sends one batch at a time. For one thread.

    Args:
        store: where to.
        store_many: sends; `Backend.store_many` or something around it.
        keep: puts operations at the end of the spool, or raises `SpoolError`; beyond its bound if
            ``bounded`` is False.
        spool: where batches are from, and where what holds up others is parked.
        dead_letters: takes what is refused for good.
        backoff: waiting times while the backend doesn't take anything.
        on_dead: called with each operation that is refused for good, and the reason.

    Attributes:
        sent: operations that are stored.
        dead: operations that were refused for good.
        failures: requests that failed, except for a backend that was too busy for the moment.
        last_error: why operations wait, empty if nothing is wrong.
        source: where the present batch is from, None for memory.
        is_spooled: whether the present batch is in the spool.
    """

    def __init__(
        self,
        store: Store,
        *,
        store_many: Callable[[Sequence[Operation]], Sequence[Outcome]],
        keep: _Keep,
        spool: Spool,
        dead_letters: DeadLetterFile,
        backoff: Backoff,
        on_dead: Callable[[Operation, str], object],
    ) -> None:
        self.sent = self.dead = self.failures = 0
        self.last_error = ""
        self.source: SpooledBatch | None = None
        self.is_spooled = False
        self._store = store
        self._store_many = store_many
        self._keep = keep
        self._spool = spool
        self._dead_letters = dead_letters
        self._policy = PersistentRetryPolicy(backoff=backoff)
        self._on_dead = on_dead
        self._batch: Batch | None = None
        self._not_before = 0.0
        self._endings = 0
        self._since = 0.0
        #: Whether the last request got through, and operations are refused by their indexes.
        self._is_answered = False
        #: Indexes that take nothing for the moment, and how often that was tried in vain.
        self._closed: set[str] = set()
        #: Indexes that have replacing documents parked; later ones have to stay behind them.
        self._ordered: set[str] = set()
        self._trials = 0

    @property
    def is_busy(self) -> bool:
        """Whether there is a batch that isn't acknowledged."""
        return self._batch is not None

    @property
    def waiting(self) -> float:
        """How long to wait before the next attempt, in seconds."""
        return max(0.0, self._not_before - time.monotonic())

    @property
    def in_memory(self) -> list[Operation]:
        """The operations of the present batch that are nowhere else."""
        batch = self._batch
        return [] if batch is None or self.is_spooled else batch.unacknowledged

    @property
    def age(self) -> float:
        """How long the oldest operation that is only in memory has been waiting, in seconds."""
        return time.monotonic() - self._since if self.in_memory else 0.0

    def reset_backoff(self) -> None:
        """Make the next attempt at once."""
        self._not_before = 0.0

    def take(
        self,
        operations: Sequence[Operation],
        source: SpooledBatch | None = None,
        *,
        age: float = 0.0,
    ) -> None:
        """Begin a batch.

        Args:
            operations: what to send.
            source: where they are from, None for memory.
            age: how long the oldest one has been waiting, in seconds.
        """
        self._since = time.monotonic() - age
        self.source = source
        self.is_spooled = source is not None
        self._endings = 0
        self._is_answered = False
        self._batch = Batch(self._sifted(operations, source), self._policy)

    def spill(self) -> None:
        """Put what isn't acknowledged of a batch from memory into the spool. For any thread.

        Raises:
            SpoolError: if it doesn't take it.
        """
        operations = self.in_memory
        if operations:
            self._keep(operations)
            self.is_spooled = True

    def leave(self) -> None:
        """Give up what isn't acknowledged of a batch that was spilled; the spool has it."""
        if self._batch is not None and self.source is None and self.is_spooled:
            self._batch.leave()
            self._finish(self._batch)

    def attempt(self) -> None:
        """Send a request of the present batch, and finish the batch if that was the last one."""
        batch = self._batch
        if batch is None:
            return
        part = batch.next_part()
        if part is not None and not self._makes_way(batch, part):
            self._send(batch, part)
            self._wait(batch.delay)
            again = batch.next_part()
            if again is not None and self._is_answered and self._makes_way(batch, again):
                self.reset_backoff()
        if batch is self._batch and batch.is_acknowledged:
            self._finish(batch)

    def _send(self, batch: Batch, part: Part) -> None:
        try:
            answers = self._store_many(part.operations)
            batch.acknowledge(part, answers)
        except BackendError as error:
            self._fail(batch, part, error)
        except Exception as error:  # noqa: BLE001 - something unforeseen must lose no record either
            reason = describe_error(error)
            self._fail(
                batch, part, BackendUnreachableError(backend=self._store.name, reason=reason)
            )
        else:
            self._note_answers(batch, part, answers)

    def _note_answers(self, batch: Batch, part: Part, answers: Sequence[Outcome]) -> None:
        if self._closed:
            waiting = {operation.index for operation in batch.unacknowledged}
            self._closed -= {operation.index for operation in part.operations} - waiting
        again = batch.next_part()
        if again is not None and again.attempt > part.attempt:
            # A backend that is busy would be so for others, too.
            statuses = {outcome.status for outcome in answers}
            self._is_answered = HTTPStatus.TOO_MANY_REQUESTS not in statuses
            self._note_trouble(again.reason, "refuses some records for the moment")
        elif self.last_error and not self._closed:
            log.info(
                "backend %r takes records again",
                self._store.name,
                extra=log_fields(backend=self._store.name),
            )
            self.last_error = ""

    def _fail(self, batch: Batch, part: Part, error: BackendError) -> None:
        # Elasticsearch 6 refuses the whole request for an index where later versions refuse items.
        self._is_answered = (
            isinstance(error, BackendRefusedError)
            and error.waits
            and len({operation.index for operation in part.operations}) == 1
        )
        if not (
            isinstance(error, BackendRefusedError) and error.status == HTTPStatus.TOO_MANY_REQUESTS
        ):
            self.failures += 1
        status = f"{error.status} " if isinstance(error, BackendRefusedError) else ""
        self._note_trouble(f"{status}{error.reason}")
        if (
            len(part.operations) == 1
            and part.attempt >= _LONG_ATTEMPTS
            and part.size > _LONG
            and not isinstance(error, BackendRefusedError)
            and self._answers()
        ):
            reason = f"no answer in {part.attempt} attempts ({error.reason})"
            batch.refuse(part, Outcome(0, reason, created=False))
        else:
            batch.fail(part, error)

    def _note_trouble(self, reason: str, what: str = "takes no records") -> None:
        reason = excerpt(redact_text(reason), _REASON_LENGTH)
        if not self.last_error:
            log.warning(
                "backend %r %s, which wait: %s",
                self._store.name,
                what,
                reason,
                extra=log_fields(backend=self._store.name, reason=reason),
            )
        self.last_error = reason

    def _answers(self) -> bool:
        """Return whether the backend answers another question."""
        try:
            self._store.server_version(timeout=_PROBE_TIMEOUT)
        except BackendRefusedError:
            return True
        except BackendError:
            return False
        return True

    def _makes_way(self, batch: Batch, part: Part) -> bool:
        """Put operations elsewhere that hold up others for long.

        Not if the backend takes nothing at all, as then others would fare no better.
        """
        source = self.source
        if (
            source is None
            or part.attempt <= (1 if source.segment.is_parked else _TRIES_BEFORE_PARKING)
            or not (batch.acknowledged or self._is_answered)
        ):
            return False
        if self._is_answered:
            return self._park(batch, source)
        if not all(operation.conflict_is_stored for operation in batch.unacknowledged):
            return False  # The last one has to win, so they keep their place.
        try:
            self._keep(batch.unacknowledged, bounded=False)
        except SpoolError:
            return False  # They go on waiting where they are.
        batch.leave()
        return True

    def _park(self, batch: Batch, source: SpooledBatch) -> bool:
        """Park operations whose indexes take nothing; return whether they are parked."""
        operations = batch.unacknowledged
        stays = source.segment.is_parked and (
            not batch.acknowledged
            or any(operation.index in self._ordered for operation in operations)
        )
        if stays:
            self._spool.put_back()  # They can back off where they are, in their order.
            self._batch = self.source = None
        elif self._write_parked(operations):
            batch.leave()
        else:
            return False
        self._closed |= {operation.index for operation in operations}
        if source.segment.is_parked and not stays:
            self._trials = 0  # There may be more that is taken again.
        else:
            self._trials += 1
            self._spool.back_off(self._policy.backoff.delay(_TRIES_BEFORE_PARKING + self._trials))
        return True

    def _sifted(
        self, operations: Sequence[Operation], source: SpooledBatch | None
    ) -> Sequence[Operation]:
        """Park operations whose indexes take nothing, and return the others."""
        if source is not None and source.segment.is_parked:
            return operations
        if self._ordered and not self._spool.has_parked:
            self._ordered.clear()
        if not (self._closed or self._ordered):
            return operations
        closed = [
            operation
            for operation in operations
            if operation.index in self._closed or operation.index in self._ordered
        ]
        if not closed or not self._write_parked(closed):
            return operations
        gone = set(map(id, closed))
        return [operation for operation in operations if id(operation) not in gone]

    def _write_parked(self, operations: Sequence[Operation]) -> bool:
        lines = b"".join([operation.lines for operation in operations])
        try:
            self._spool.park(lines, len(operations), time.monotonic() - self._since)
        except SpoolError:
            return False  # They go on waiting where they are.
        self._ordered |= {
            operation.index for operation in operations if not operation.conflict_is_stored
        }
        return True

    def _finish(self, batch: Batch) -> None:
        letters = []
        stored = 0
        for operation, outcome in zip(batch.operations, batch.outcomes, strict=True):
            if outcome is None:
                continue
            if outcome.reason is None:
                stored += 1
            else:
                letters.append(DeadLetter.of(operation, outcome.status, outcome.reason))
        if letters and not self._bury(letters):
            return
        if self.source is not None:
            self._spool.acknowledge(self.source)
        self.sent += stored
        self._batch = self.source = None

    def _bury(self, letters: list[DeadLetter]) -> bool:
        """Keep what was refused for good; return False to try again."""
        try:
            self._dead_letters.append(letters)
        except SpoolError as error:
            if self.is_spooled:
                # They are safe where they are, so they stay there until there is room.
                self._endings += 1
                self._note_trouble(str(error))
                self._wait(self._policy.backoff.delay(self._endings))
                return False
            log.error(
                "%s refused records are lost: %s",
                len(letters),
                error,
                extra=log_fields(
                    backend=self._store.name, records=len(letters), reason=error.reason
                ),
            )
        self.dead += len(letters)
        for letter in letters:
            # Without the reason: it may quote values of the record.
            log.error(
                "backend %r refused record %s for %s with status %s; its reason is in %s",
                self._store.name,
                letter.operation.id,
                letter.operation.index,
                letter.status,
                self._dead_letters.path,
                extra=log_fields(
                    backend=self._store.name,
                    index=letter.operation.index,
                    document_id=letter.operation.id,
                    status=letter.status,
                    path=self._dead_letters.path,
                ),
            )
            self._on_dead(letter.operation, letter.reason)
        return True

    def _wait(self, delay: float) -> None:
        self._not_before = time.monotonic() + delay if delay else 0.0
