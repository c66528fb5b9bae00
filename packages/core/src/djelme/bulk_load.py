"""Load many records: lazily, in requests that are bounded by count and by bytes."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent import futures
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from djelme.bulk import NEW_DOCUMENT, REQUEST_MAX_BYTES, BulkFailure, BulkResult, Operation, Outcome
from djelme.delivery.batch import Batch
from djelme.delivery.retry import RetryPolicy
from djelme.errors import BackendError, BulkError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

__all__ = ("CHUNK_SIZE", "BulkLoad")

#: Most records in one request, by default.
CHUNK_SIZE = 5_000
#: For how long a thread is left alone to begin its next request, in seconds. Otherwise it would
#: have to wait for one of Python's turns of 5 ms, several times, while this one goes on reading.
_HEAD_START = 0.002


class _Chunk(NamedTuple):
    records: list[Any]
    operations: list[Operation]


_Sending: TypeAlias = "dict[futures.Future[Sequence[Outcome] | None], _Chunk]"


class BulkLoad:
    """One load of many records.

    Args:
        label: label of the record type, for messages.
        chunk_size: most records in one request.
        max_bytes: most bytes in one request; a longer record has a request of its own.
        senders: threads that send, or requests at a time on an event loop. There are never more
            than this number of chunks and another one in memory.
        retry: what is sent again, and when.
        raise_on_error: whether the first chunk with a refused record ends the load.
        progress: called with the result so far after each chunk, in the caller's thread.
        on_stored: called with what was stored of a chunk, in the caller's thread.
        result: where to count; a new one by default.

    Raises:
        ValueError: if a number isn't a positive int.
    """

    def __init__(
        self,
        label: str,
        *,
        chunk_size: int = CHUNK_SIZE,
        max_bytes: int = REQUEST_MAX_BYTES,
        senders: int = 1,
        retry: RetryPolicy | None = None,
        raise_on_error: bool = True,
        progress: Callable[[BulkResult], object] | None = None,
        on_stored: Callable[[Sequence[Operation]], object] | None = None,
        result: BulkResult | None = None,
    ) -> None:
        for name, number in (
            ("chunk_size", chunk_size),
            ("max_bytes", max_bytes),
            ("senders", senders),
        ):
            if not isinstance(number, int) or isinstance(number, bool) or number < 1:
                msg = f"{name} should be a positive int, not {number!r}"
                raise ValueError(msg)
        self.label = label
        self.result = BulkResult() if result is None else result
        self._chunk_size = chunk_size
        self._max_bytes = max_bytes
        self._senders = senders
        self._retry = RetryPolicy() if retry is None else retry
        self._raise_on_error = raise_on_error
        self._progress = progress
        self._on_stored = on_stored
        self._refused = False
        #: Whether no other chunk is to be begun, as one has failed.
        self._is_over = False
        self._stopped = threading.Event()

    def send(
        self,
        pairs: Iterable[tuple[Any, Operation]],
        store_many: Callable[[Sequence[Operation]], Sequence[Outcome]],
    ) -> BulkResult:
        """Send all operations, and return what came of them.

        An error ends the load, wherever it comes from; what was sent before stays stored, and no
        thread is left behind.

        Args:
            pairs: each record, as it was given, and what is sent for it; read in the caller's
                thread, never more than is sent soon.
            store_many: as `djelme.contracts.Backend.store_many`; called in a thread for each
                sender, in the caller's context.

        Raises:
            BulkError: if records were refused and `raise_on_error` is set.
            djelme.errors.BackendError: if the cluster can't be reached or refuses a request.
        """
        with futures.ThreadPoolExecutor(self._senders, "djelme-bulk") as executor:
            sending: _Sending = {}
            try:
                for chunk in self._chunks(pairs):
                    # A thread has a context of its own; what goes on belongs to the caller's.
                    future = executor.submit(
                        copy_context().run, self._begin, chunk.operations, store_many
                    )
                    sending[future] = chunk
                    # One chunk waits, so that no thread ever does, while the next one is read.
                    if len(sending) > self._senders:
                        self._take_finished(sending)
                while sending:
                    self._take_finished(sending)
            except BaseException:
                self._stopped.set()
                raise
        return self.result

    def _take_finished(self, sending: _Sending) -> None:
        done, _ = futures.wait(sending, return_when=futures.FIRST_COMPLETED)
        time.sleep(_HEAD_START)
        for future in done:
            self._take(sending.pop(future), future.result())
        if self._raise_on_error and self._refused:
            # What is on its way will be stored, so it has to be counted.
            for future, chunk in sending.items():
                if future.exception() is None:
                    self._take(chunk, future.result())
            self._raise_refused()

    def _begin(
        self,
        operations: list[Operation],
        store_many: Callable[[Sequence[Operation]], Sequence[Outcome]],
    ) -> Sequence[Outcome] | None:
        """Store a chunk, unless the load has come to its end meanwhile; None then."""
        if self._is_over:
            return None
        outcomes = None
        try:
            outcomes = self._store(operations, store_many)
        finally:
            self._is_over |= outcomes is None or (
                self._raise_on_error and any(outcome.reason is not None for outcome in outcomes)
            )
        return outcomes

    def _store(
        self,
        operations: list[Operation],
        store_many: Callable[[Sequence[Operation]], Sequence[Outcome]],
    ) -> Sequence[Outcome]:
        batch = Batch(operations, self._retry)
        while (part := batch.next_part()) is not None:
            if part.delay and self._stopped.wait(part.delay):
                break  # The load failed elsewhere, and nobody looks at this chunk any more.
            try:
                answers = store_many(part.operations)
            except BackendError as error:
                batch.fail(part, error)
            else:
                batch.settle(part, answers)
        return batch.settled

    async def asend(
        self,
        pairs: Iterable[tuple[Any, Operation]],
        store_many: Callable[[Sequence[Operation]], Awaitable[Sequence[Outcome]]],
    ) -> BulkResult:
        """Do the same as `send` on an event loop, with an asynchronous `store_many`.

        Raises:
            BulkError: if records were refused and `raise_on_error` is set.
            djelme.errors.BackendError: if the cluster can't be reached or refuses a request.
        """
        sending: dict[asyncio.Task[Sequence[Outcome]], _Chunk] = {}
        try:
            for chunk in self._chunks(pairs):
                if len(sending) == self._senders:
                    await self._atake_finished(sending)
                sending[asyncio.ensure_future(self._astore(chunk.operations, store_many))] = chunk
                await asyncio.sleep(0)
            while sending:
                await self._atake_finished(sending)
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
        return self.result

    async def _atake_finished(self, sending: dict[asyncio.Task[Sequence[Outcome]], _Chunk]) -> None:
        done, _ = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            self._take(sending.pop(task), task.result())
        if self._raise_on_error and self._refused:
            await asyncio.wait(sending) if sending else None
            for task, chunk in sending.items():
                if task.exception() is None:
                    self._take(chunk, task.result())
            self._raise_refused()

    async def _astore(
        self,
        operations: list[Operation],
        store_many: Callable[[Sequence[Operation]], Awaitable[Sequence[Outcome]]],
    ) -> Sequence[Outcome]:
        batch = Batch(operations, self._retry)
        while (part := batch.next_part()) is not None:
            await asyncio.sleep(part.delay)
            try:
                answers = await store_many(part.operations)
            except BackendError as error:
                batch.fail(part, error)
            else:
                batch.settle(part, answers)
        return batch.settled

    def _chunks(self, pairs: Iterable[tuple[Any, Operation]]) -> Iterator[_Chunk]:
        chunk_size, max_bytes = self._chunk_size, self._max_bytes
        records: list[Any] = []
        operations: list[Operation] = []
        size = 0
        for record, operation in pairs:
            size += len(operation.lines)
            if operations and (len(operations) == chunk_size or size > max_bytes):
                yield _Chunk(records, operations)
                records, operations = [], []
                size = len(operation.lines)
            records.append(record)
            operations.append(operation)
        if operations:
            yield _Chunk(records, operations)

    def _take(self, chunk: _Chunk, outcomes: Sequence[Outcome] | None) -> None:
        """Count what came of a chunk; None if it wasn't sent."""
        if outcomes is None:
            return
        if outcomes.count(NEW_DOCUMENT) == len(outcomes):
            self._tell(chunk.operations, len(outcomes))
            return
        failures = [
            BulkFailure(record, outcome.reason, outcome.status)
            for record, outcome in zip(chunk.records, outcomes, strict=True)
            if outcome.reason is not None
        ]
        if failures:
            self._refused = True
            self.result.failed += failures
        stored = [
            operation
            for operation, outcome in zip(chunk.operations, outcomes, strict=True)
            if outcome.reason is None
        ]
        self._tell(stored, sum(outcome.created for outcome in outcomes if outcome.reason is None))

    def _tell(self, stored: Sequence[Operation], created: int) -> None:
        """Count what was stored of a chunk, and tell who wants to know."""
        self.result.created += created
        self.result.existing += len(stored) - created
        if self._on_stored is not None:
            self._on_stored(stored)
        if self._progress is not None:
            self._progress(self.result)

    def _raise_refused(self) -> None:
        if self._raise_on_error and self._refused:
            raise BulkError(recordtype=self.label, result=self.result)
