"""Send batches, one request after the other, and see to what becomes of each operation."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from djelme.bulk import Outcome
from djelme.delivery.batch import Batch
from djelme.delivery.dead_letter import DeadLetter
from djelme.delivery.log import Log
from djelme.delivery.retry import PatientRetryPolicy
from djelme.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnreachableError,
    SpoolError,
)
from djelme.log_field import log_fields
from djelme.redaction import describe_error, redact_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djelme.bulk import Operation
    from djelme.contracts import Backend
    from djelme.delivery.batch import Part
    from djelme.delivery.dead_letter import DeadLetterFile
    from djelme.delivery.retry import Backoff
    from djelme.delivery.spool import SpooledBatch

    class _Keep(Protocol):
        def __call__(self, operations: Sequence[Operation], *, bounded: bool = True) -> None: ...


__all__ = ("Sender",)

log = Log(__name__)

#: Attempts after which operations that are refused for the moment make way for others.
_PATIENCE = 3
#: A single operation of more than these bytes that gets no answer in so many attempts, while the
#: backend answers otherwise, is refused.
_LONG = 1024 * 1024
_LONG_ATTEMPTS = 6
_PROBE_TIMEOUT = 5.0


class Sender:
    """Sends one batch at a time. For one thread.

    Args:
        backend: where to.
        store_many: sends; `Backend.store_many` or something around it.
        keep: puts operations at the end of the spool, or raises `SpoolError`; beyond its bound if
            ``bounded`` is False.
        acknowledge: tells the spool that what it gave has been settled.
        dead_letters: takes what is refused for good.
        backoff: waiting times while the backend doesn't take anything.
        on_dead: called with each operation that is refused for good, and the reason.

    Attributes:
        sent: operations that are stored.
        dead: operations that were refused for good.
        failures: requests that failed.
        trouble: why operations wait, empty if nothing is wrong.
        source: where the present batch is from, None for memory.
        is_spooled: whether the present batch is in the spool.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        store_many: Callable[[Sequence[Operation]], Sequence[Outcome]],
        keep: _Keep,
        acknowledge: Callable[[SpooledBatch], None],
        dead_letters: DeadLetterFile,
        backoff: Backoff,
        on_dead: Callable[[Operation, str], object],
    ) -> None:
        self.sent = self.dead = self.failures = 0
        self.trouble = ""
        self.source: SpooledBatch | None = None
        self.is_spooled = False
        self._backend = backend
        self._store_many = store_many
        self._keep = keep
        self._acknowledge = acknowledge
        self._dead_letters = dead_letters
        self._policy = PatientRetryPolicy(backoff=backoff)
        self._on_dead = on_dead
        self._batch: Batch | None = None
        self._not_before = 0.0
        self._endings = 0
        self._since = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether there is a batch that isn't settled."""
        return self._batch is not None

    @property
    def waiting(self) -> float:
        """How long to wait before the next attempt, in seconds."""
        return max(0.0, self._not_before - time.monotonic())

    @property
    def in_memory(self) -> list[Operation]:
        """The operations of the present batch that are nowhere else."""
        batch = self._batch
        return [] if batch is None or self.is_spooled else batch.unsettled

    @property
    def age(self) -> float:
        """How long the oldest operation that is only in memory has been waiting, in seconds."""
        return time.monotonic() - self._since if self.in_memory else 0.0

    def hurry(self) -> None:
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
        self._batch = Batch(operations, self._policy)

    def spill(self) -> None:
        """Put what isn't settled of a batch from memory into the spool. For any thread.

        Raises:
            SpoolError: if it doesn't take it.
        """
        operations = self.in_memory
        if operations:
            self._keep(operations)
            self.is_spooled = True

    def leave(self) -> None:
        """Give up what isn't settled of a batch that was spilled; the spool has it."""
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
        if batch.is_settled:
            self._finish(batch)

    def _send(self, batch: Batch, part: Part) -> None:
        try:
            answers = self._store_many(part.operations)
            batch.settle(part, answers)
        except BackendError as error:
            self._fail(batch, part, error)
        except Exception as error:  # noqa: BLE001 - something unforeseen must lose no record either
            reason = describe_error(error)
            self._fail(
                batch, part, BackendUnreachableError(backend=self._backend.name, reason=reason)
            )
        else:
            again = batch.next_part()
            if again is not None and again.attempt > part.attempt:
                self._note_trouble(again.reason)
            elif self.trouble:
                log.note(
                    "backend %r takes records again",
                    self._backend.name,
                    extra=log_fields(backend=self._backend.name),
                )
                self.trouble = ""

    def _fail(self, batch: Batch, part: Part, error: BackendError) -> None:
        self.failures += 1
        self._note_trouble(error.reason)
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

    def _note_trouble(self, reason: str) -> None:
        reason = redact_text(reason)
        if not self.trouble:
            log.caution(
                "backend %r takes no records, which wait: %s",
                self._backend.name,
                reason,
                extra=log_fields(backend=self._backend.name, reason=reason),
            )
        self.trouble = reason

    def _answers(self) -> bool:
        """Return whether the backend answers another question."""
        try:
            self._backend.server_version(timeout=_PROBE_TIMEOUT)
        except BackendRefusedError:
            return True
        except BackendError:
            return False
        return True

    def _makes_way(self, batch: Batch, part: Part) -> bool:
        """Put operations at the end of the spool that hold up others for long.

        Not those that replace documents without a version, as the last one has to win; and not if
        nothing of the batch was taken, as then others would fare no better.
        """
        if (
            part.attempt <= _PATIENCE
            or self.source is None
            or not batch.settled
            or not all(operation.conflict_is_stored for operation in batch.unsettled)
        ):
            return False
        try:
            self._keep(batch.unsettled, bounded=False)
        except SpoolError:
            return False  # They go on waiting where they are.
        batch.leave()
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
            self._acknowledge(self.source)
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
            log.alarm(
                "%s refused records are lost: %s",
                len(letters),
                error,
                extra=log_fields(
                    backend=self._backend.name, records=len(letters), reason=error.reason
                ),
            )
        self.dead += len(letters)
        for letter in letters:
            # Without the reason: it may quote values of the record.
            log.alarm(
                "backend %r refused record %s for %s with status %s; its reason is in %s",
                self._backend.name,
                letter.operation.id,
                letter.operation.index,
                letter.status,
                self._dead_letters.path,
                extra=log_fields(
                    backend=self._backend.name,
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
