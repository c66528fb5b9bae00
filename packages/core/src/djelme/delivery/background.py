"""Deliver records in the background: from memory, from a spool, or from both.

It is long, as it is where memory, spool and sender meet, under one lock.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from djelme import process
from djelme.delivery import lifetime, termination
from djelme.delivery.announcer import Announcer
from djelme.delivery.dead_letter import DeadLetterFile
from djelme.delivery.delivery import Delivery, DeliveryStats
from djelme.delivery.log import Log
from djelme.delivery.memory_queue import MemoryQueue
from djelme.delivery.sender import Sender
from djelme.delivery.spool import Spool
from djelme.delivery.worker import Worker
from djelme.errors import SpoolError
from djelme.log_field import log_fields
from djelme.operation import REQUEST_MAX_BYTES, Operation, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djelme.delivery.options import DeliveryOptions
    from djelme.delivery.store import Store

__all__ = ("BackgroundDelivery",)

log = Log(__name__)

#: How often to look for segments of processes that are gone, in seconds.
_CLAIM_INTERVAL = 10.0
#: A pause that nobody notices, so that nothing ever spins, in seconds.
_SHORTEST_DELAY = 0.005


class BackgroundDelivery(Delivery):
    """What the two kinds of delivery in the background share: everything but `submit`.

    Two sides meet here: callers, in any number of threads, and the worker's one thread. They share
    the queue, the spool and, under the lock `_spilling`, the batch that is being sent from memory.

    Args:
        store: where the records go.
        options: how.
        store_many: sends batches.
        on_dropped: called with records that were dropped, and the reason.
        on_dead: called with each record that the backend refused for good, and the reason.
    """

    #: Whether records wait in memory before they are sent.
    _collects_in_memory: ClassVar[bool]

    def __init__(
        self,
        store: Store,
        options: DeliveryOptions,
        *,
        store_many: Callable[[Sequence[Operation]], Sequence[Outcome]],
        on_dropped: Callable[[Sequence[Operation], str], object] | None = None,
        on_dead: Callable[[Operation, str], object] | None = None,
    ) -> None:
        self.options = options
        self.dead_letters = DeadLetterFile(options.spool_dir, store.name)
        self._store = store
        self._store_many = store_many
        self._callbacks = (on_dropped, on_dead)
        self._spool = Spool(
            options.spool_dir,
            store.name,
            max_bytes=options.spool_max_bytes,
            full=options.spool_full,
        )
        self._begin()
        lifetime.register(self)

    def _begin(self) -> None:
        """Begin with nothing, in a new process."""
        self._announcer = Announcer(self._store.name, *self._callbacks)
        self._queue = MemoryQueue(self.options.queue_max)
        self._sender = Sender(
            self._store,
            store_many=self._store_many,
            keep=self._keep,
            spool=self._spool,
            dead_letters=self.dead_letters,
            backoff=self.options.backoff,
            on_dead=self._announcer.dead,
        )
        self._worker = Worker(f"djelme-{self._store.name}", self._step)
        self._progress = threading.Condition()
        self._spilling = threading.RLock()
        self._flushes = 0
        self._next_claim = 0.0
        self._spool_trouble = ""
        #: Whether the worker's step is to end before all is sent.
        self._is_stopping = False
        #: At the end of the process there is no worker, as nobody would stop it any more.
        self._is_closed = lifetime.is_over()
        #: Whether records go to the spool before they are sent, as the process may end.
        self._spools_first = self._is_closed
        #: Number of waiting records at which the worker wants to be woken.
        self._wake_at: float = 1

    def reset(self) -> None:
        """Begin anew in a child: what the parent has taken is the parent's."""
        self._spool.abandon()
        self._begin()

    # The callers' side.

    def flush(self, timeout: float | None = None) -> bool:
        """Send what waits, also of processes that are gone; return whether nothing waits any more.

        Args:
            timeout: how long to wait for that, in seconds; None for ever.
        """
        process.check()
        self._spool.claim()
        return self._flush(timeout, self._is_drained)

    def _flush(self, timeout: float | None, is_over: Callable[[], bool]) -> bool:
        self._flushes += 1
        self._is_stopping = False
        try:
            self._sender.reset_backoff()
            self._spool.end_backoff(early=True)
            if self._is_drained() or self._worker.wake():
                with self._progress:
                    self._progress.wait_for(is_over, timeout)
            else:
                self._worker.work(is_over, timeout)
        finally:
            self._flushes -= 1
        return self._is_drained()

    def stats(self) -> DeliveryStats:
        """Return counts of this process."""
        process.check()
        sender = self._sender
        return DeliveryStats(
            queued=len(self._queue) + len(sender.in_memory),
            sent=sender.sent,
            spooled=self._spool.pending,
            dead=sender.dead,
            dropped=self._announcer.count,
            lag=max(self._queue.age(), self._spool.age, sender.age),
            last_error=sender.last_error,
        )

    def secure(self) -> bool:
        """Send what waits, and be prepared for an end at any moment; return whether nothing waits.

        What is in memory, and whatever comes from now on, is kept in the spool before it is sent.
        """
        process.check()
        self._spools_first = True
        self._try_to_spill()
        return self._drain(self.options.shutdown_deadline)

    def close(self, deadline: float | None = None) -> bool:
        """Send what waits, as far as there is time, and return whether nothing waits any more.

        What is left is kept in the spool. If the backend takes nothing, there is no use in waiting.
        What comes after it goes to the spool; at the end of the process it is then sent at once.

        Args:
            deadline: how long to wait, in seconds; None for the configured time. Where no thread
                can be started any more, a request that has begun may exceed it.
        """
        process.check()
        if deadline is None:
            deadline = self.options.shutdown_deadline
        end = time.monotonic() + deadline
        self._spools_first = True
        drained = self._drain(deadline)
        self._is_closed = self._is_stopping = True
        self._worker.stop(max(0.0, end - time.monotonic()))
        self._wake_at = 0
        self._keep_rest()
        self._spool.close()
        return drained

    def _drain(self, deadline: float) -> bool:
        """Send what waits, unless the backend takes nothing."""
        failures = self._sender.failures

        def is_over() -> bool:
            return (
                self._is_drained()
                or not self._has_work()
                or (
                    self._sender.failures > failures
                    and not len(self._queue)
                    and not self._sender.in_memory
                )
            )

        return self._is_drained() or self._flush(deadline, is_over)

    def _keep_rest(self) -> None:
        """Put what is in memory into the spool at the end."""
        rest = len(self._queue) + len(self._sender.in_memory)
        try:
            self._spill()
        except SpoolError as error:
            lost = self._sender.in_memory
            while operations := self._queue.take(self.options.batch_size, sys.maxsize):
                lost += operations
            self._announcer.dropped(lost, f"the process ends and {error.reason}")
        else:
            if rest:
                log.warning(
                    "%s records for backend %r were not sent at the end of the process; they wait "
                    "in %s",
                    rest,
                    self._store.name,
                    self._spool.directory,
                    extra=log_fields(
                        backend=self._store.name, records=rest, path=self._spool.directory
                    ),
                )

    def _wake(self) -> None:
        if not self._is_closed:
            self._wake_at = math.inf
            termination.watch()
            self._worker.wake()
        elif lifetime.is_over() and not self._sender.last_error:
            self.close()
        elif len(self._queue):
            self._keep_rest()  # Came while the delivery was being closed.

    def _is_drained(self) -> bool:
        with self._spilling:  # On their way, they would be nowhere.
            return not (
                len(self._queue)
                or self._sender.is_busy
                or self._spool.pending
                or self._spool.has_more
            )

    def _has_work(self) -> bool:
        """Return whether anything waits that isn't parked for the moment."""
        with self._spilling:
            return bool(
                len(self._queue)
                or self._sender.is_busy
                or self._spool.ready
                or self._spool.is_short
            )

    def _keep(self, operations: Sequence[Operation], *, bounded: bool = True) -> None:
        """Put operations into the spool.

        Raises:
            SpoolError: if it doesn't take them.
        """
        lines = b"".join([operation.lines for operation in operations])
        dropped = self._spool.append(lines, len(operations), bounded=bounded)
        if dropped:
            self._announcer.dropped(dropped, "the spool is full")

    def _spill(self) -> None:
        """Put everything that is in memory into the spool, in its order. For any thread.

        Raises:
            SpoolError: if it doesn't take it; the rest stays in memory.
        """
        with self._spilling:
            self._sender.spill()
            while operations := self._queue.take(self.options.batch_size, REQUEST_MAX_BYTES):
                try:
                    self._keep(operations)
                except SpoolError:
                    self._queue.put_back(operations)
                    raise

    # The worker's side.

    def _step(self) -> float:
        """Do what there is to do; return after how many seconds there will be more."""
        self._wake_at = math.inf
        try:
            if time.monotonic() >= self._next_claim or self._spool.is_short:
                self._next_claim = time.monotonic() + _CLAIM_INTERVAL
                self._spool.claim()
            if self._sender.waiting and self._is_due(len(self._queue), self._queue.age()):
                self._try_to_spill()
            while not self._is_stopping and not self._sender.waiting and self._begin_batch():
                self._sender.attempt()
                self._after_attempt()
                with self._progress:
                    self._progress.notify_all()
        finally:
            with self._progress:
                self._progress.notify_all()
        return self._arrange()

    def _begin_batch(self) -> bool:
        """See that the sender has a batch; return False if nothing is to be sent yet."""
        if self._sender.is_busy:
            return True
        self._spool.end_backoff()
        is_behind = self._spool.ready > 0
        if is_behind and self._is_due(len(self._queue), self._queue.age()):
            # Behind what is in the spool already, so that the last of two writes wins.
            self._try_to_spill()
        if self._is_due_in_spool():
            batch = self._spool.next_batch(self.options.batch_size, REQUEST_MAX_BYTES)
            if batch is not None:
                self._sender.take(batch.operations, batch, age=batch.segment.age)
                return True
        if not self._is_due(len(self._queue), self._queue.age()):
            return False
        with self._spilling:
            age = self._queue.age()
            operations = self._queue.take(self.options.batch_size, REQUEST_MAX_BYTES)
            if operations:
                self._sender.take(operations, age=age)
        return bool(operations)

    def _after_attempt(self) -> None:
        """Put a batch that failed into the spool, so that little is in memory while it waits."""
        if self._sender.is_busy and self._sender.source is None:
            self._try_to_spill()
            self._sender.leave()

    def _try_to_spill(self) -> None:
        try:
            self._spill()
        except SpoolError as error:
            # Memory is the place for them then, as long as there is room.
            if not self._spool_trouble:
                log.warning(
                    "records for backend %r stay in memory: %s",
                    error.backend,
                    error,
                    extra=log_fields(
                        backend=error.backend, reason=error.reason, path=error.directory
                    ),
                )
            self._spool_trouble = error.reason
        else:
            self._spool_trouble = ""

    def _is_due(self, count: int, age: float) -> bool:
        return count > 0 and (
            count >= self.options.batch_size or age >= self.options.batch_delay or self._flushes > 0
        )

    @abstractmethod
    def _is_due_in_spool(self) -> bool:
        """Return whether a batch from the spool should be sent now."""

    @abstractmethod
    def _waiting(self) -> tuple[int, float]:
        """Return how many records are collected for a batch, and how long the oldest one waits."""

    def _arrange(self) -> float:
        """Say when the worker wants to be woken; return after how many seconds without that."""
        delay = self._sender.waiting
        if delay:
            if self._collects_in_memory and not self._spool_trouble:
                # What comes meanwhile has to get into the spool in time.
                delay = min(delay, max(_SHORTEST_DELAY, self.options.batch_delay))
            return delay
        count, _ = self._waiting()
        self._wake_at = 0 if self._is_closed else self.options.batch_size if count else 1
        # Those that came before the mark was set didn't wake anybody.
        count, age = self._waiting()
        if count >= self._wake_at or (self._flushes and self._has_work()):
            return _SHORTEST_DELAY
        delay = max(0.0, self.options.batch_delay - age) if count else _CLAIM_INTERVAL
        return min(delay, self._spool.backoff_left)
