"""Load many records: lazily, in requests that are bounded by count and by bytes.

It is long, as its synchronous and asynchronous forms stand side by side.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from concurrent import futures
from contextvars import copy_context
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from djelme.bulk import BulkFailure, BulkResult
from djelme.delivery.batch import Batch
from djelme.delivery.log import Log
from djelme.delivery.retry import RetryPolicy
from djelme.errors import BackendError, BulkError, DjelmeError
from djelme.log_field import log_fields
from djelme.operation import NEW_DOCUMENT, REQUEST_MAX_BYTES, Operation, Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

    from djelme.delivery.batch import Part

__all__ = ("CHUNK_SIZE", "BulkLoad")

#: Most records in one request, by default.
CHUNK_SIZE = 5_000
#: For how long a thread is left alone to begin its next request, in seconds. Otherwise it would
#: have to wait for one of Python's turns of 5 ms, several times, while this one goes on reading.
_HEAD_START = 0.002


log = Log(__name__)


class _LoadEndedError(Exception):
    """The load failed elsewhere. Caught within this module."""


class _Chunk(NamedTuple):
    records: list[Any]
    batch: Batch


_Sending: TypeAlias = "dict[futures.Future[None], _Chunk]"


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
        is_new: whether the id of an operation was made for this load, so that it can't have been
            there before; asked only where an id is there already.
        keep: called with an operation that may not be stored; returns a record that stores the
            same under the same id. By default, the record as it was given is kept.
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
        is_new: Callable[[Operation], bool] | None = None,
        keep: Callable[[Operation], Any] | None = None,
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
        self._is_new = is_new
        self._keep = keep
        self._refused = False
        #: What was read and is in no chunk yet.
        self._ahead: tuple[list[Any], list[Operation]] = [], []
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
        thread is left behind. One of djelme's has the result until then.

        Args:
            pairs: each record, as it was given, and what is sent for it; read in the caller's
                thread, never more than is sent soon.
            store_many: as `djelme.contracts.Backend.store_many`; called in a thread for each
                sender, in the caller's context.

        Raises:
            BulkError: if records were refused and `raise_on_error` is set.
            djelme.errors.BackendError: if the cluster can't be reached or refuses a request.
        """
        sending: _Sending = {}
        try:
            with futures.ThreadPoolExecutor(self._senders, "djelme-bulk") as executor:
                self._send_all(executor, sending, pairs, store_many)
        except DjelmeError as error:
            error.result = self._conclude(sending.values())
            raise
        return self._returned(sending.values())

    def _send_all(
        self,
        executor: futures.Executor,
        sending: _Sending,
        pairs: Iterable[tuple[Any, Operation]],
        store_many: Callable[[Sequence[Operation]], Sequence[Outcome]],
    ) -> None:
        try:
            for chunk in self._chunks(pairs):
                # A thread has a context of its own; what goes on belongs to the caller's.
                future = executor.submit(copy_context().run, self._begin, chunk.batch, store_many)
                sending[future] = chunk
                # One chunk waits, so that no thread ever does, while the next one is read.
                if len(sending) > self._senders and not self._take_finished(sending):
                    return
            while sending and self._take_finished(sending):
                pass
        except BaseException:
            self._stopped.set()
            raise

    def _take_finished(self, sending: _Sending) -> bool:
        """Count chunks that were sent, and return whether to go on."""
        done, _ = futures.wait(sending, return_when=futures.FIRST_COMPLETED)
        time.sleep(_HEAD_START)
        for future in done:
            future.result()
            self._take(sending.pop(future))
        return not (self._raise_on_error and self._refused)

    def _begin(
        self, batch: Batch, store_many: Callable[[Sequence[Operation]], Sequence[Outcome]]
    ) -> None:
        """Store a chunk, unless the load has come to its end meanwhile."""
        if self._is_over:
            return
        is_complete = False
        try:
            self._store(batch, store_many)
            is_complete = batch.is_acknowledged
        finally:
            self._is_over |= self._ends(batch, is_complete=is_complete)

    def _ends(self, batch: Batch, *, is_complete: bool) -> bool:
        """Return whether no other chunk is to be begun after a chunk."""
        return not is_complete or (
            self._raise_on_error
            and any(outcome.reason is not None for outcome in batch.acknowledged)
        )

    def _store(
        self, batch: Batch, store_many: Callable[[Sequence[Operation]], Sequence[Outcome]]
    ) -> None:
        with contextlib.suppress(_LoadEndedError):
            batch.send(store_many, wait=self._wait)

    def _wait(self, part: Part) -> None:
        if self._stopped.wait(part.delay):
            raise _LoadEndedError

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
        sending: dict[asyncio.Task[None], _Chunk] = {}
        try:
            await self._asend_all(sending, pairs, store_many)
        except DjelmeError as error:
            error.result = self._conclude(sending.values())
            raise
        return self._returned(sending.values())

    async def _asend_all(
        self,
        sending: dict[asyncio.Task[None], _Chunk],
        pairs: Iterable[tuple[Any, Operation]],
        store_many: Callable[[Sequence[Operation]], Awaitable[Sequence[Outcome]]],
    ) -> None:
        # One chunk waits for its turn while the next one is read, as in threads.
        turns = asyncio.Semaphore(self._senders)
        try:
            for chunk in self._chunks(pairs):
                task = asyncio.ensure_future(self._astore(chunk.batch, store_many, turns))
                sending[task] = chunk
                await asyncio.sleep(0)
                if len(sending) > self._senders and not await self._atake_finished(sending):
                    break
            while sending and await self._atake_finished(sending):
                pass
            if sending:
                await asyncio.wait(sending)  # a record was refused, and these are on their way
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    async def _atake_finished(self, sending: dict[asyncio.Task[None], _Chunk]) -> bool:
        done, _ = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
            self._take(sending.pop(task))
        return not (self._raise_on_error and self._refused)

    async def _astore(
        self,
        batch: Batch,
        store_many: Callable[[Sequence[Operation]], Awaitable[Sequence[Outcome]]],
        turns: asyncio.Semaphore,
    ) -> None:
        async with turns:
            if self._is_over:
                return
            is_complete = False
            try:
                await self._astore_batch(batch, store_many)
                is_complete = batch.is_acknowledged
            finally:
                self._is_over |= self._ends(batch, is_complete=is_complete)

    async def _astore_batch(
        self,
        batch: Batch,
        store_many: Callable[[Sequence[Operation]], Awaitable[Sequence[Outcome]]],
    ) -> None:
        while (part := batch.next_part()) is not None:
            await asyncio.sleep(part.delay)
            try:
                answers = await store_many(part.operations)
            except BackendError as error:
                batch.fail(part, error)
            else:
                batch.acknowledge(part, answers)

    def _chunks(self, pairs: Iterable[tuple[Any, Operation]]) -> Iterator[_Chunk]:
        chunk_size, max_bytes = self._chunk_size, self._max_bytes
        records, operations = self._ahead
        size = 0
        for record, operation in pairs:
            size += len(operation.lines)
            if operations and (len(operations) == chunk_size or size > max_bytes):
                chunk = self._chunk(records, operations)
                self._ahead = records, operations = [record], [operation]
                size = len(operation.lines)
                yield chunk
            else:
                records.append(record)
                operations.append(operation)
        if operations:
            self._ahead = [], []
            yield self._chunk(records, operations)

    def _chunk(self, records: list[Any], operations: list[Operation]) -> _Chunk:
        return _Chunk(records, Batch(operations, self._retry))

    def _take(self, chunk: _Chunk) -> None:
        """Count what came of a chunk, as far as that is known."""
        batch = chunk.batch
        self._note_repeated(batch.repeated)
        outcomes = batch.outcomes
        if outcomes.count(NEW_DOCUMENT) == len(outcomes):
            self._tell(batch.operations, len(outcomes))
            return
        stored = []
        created = 0
        for record, operation, outcome in zip(
            chunk.records, batch.operations, outcomes, strict=True
        ):
            if outcome is None:
                self._leave(record, operation)
            elif outcome.reason is not None:
                self._refused = True
                self.result.failed.append(BulkFailure(record, outcome.reason, outcome.status))
            else:
                stored.append(operation)
                created += outcome.created or self._is_stored_before(operation, outcome)
        self._tell(stored, created)

    def _is_stored_before(self, operation: Operation, outcome: Outcome) -> bool:
        """Return whether an id is there because this load has stored it, by a request before."""
        return (
            outcome.status == HTTPStatus.CONFLICT
            and self._is_new is not None
            and self._is_new(operation)
        )

    def _note_repeated(self, count: int) -> None:
        if count and not self.result.repeated:
            log.warning(
                "%s: %s records of a bulk were sent again, as no answer came",
                self.label,
                count,
                extra=log_fields(recordtype=self.label, records=count),
            )
        self.result.repeated += count

    def _tell(self, stored: Sequence[Operation], created: int) -> None:
        """Count what was stored of a chunk, and tell who wants to know."""
        self.result.created += created
        self.result.existing += len(stored) - created
        if self._on_stored is not None:
            self._on_stored(stored)
        if self._progress is not None:
            self._progress(self.result)

    def _conclude(self, chunks: Iterable[_Chunk]) -> BulkResult:
        """Count what isn't counted when the load ends early, and keep what may not be stored."""
        for chunk in chunks:
            self._take(chunk)
        for record, operation in zip(*self._ahead, strict=True):
            self._leave(record, operation)
        return self.result

    def _leave(self, record: Any, operation: Operation) -> None:
        self.result.unacknowledged.append(record if self._keep is None else self._keep(operation))

    def _returned(self, chunks: Iterable[_Chunk]) -> BulkResult:
        result = self._conclude(chunks)
        self._raise_refused()
        return result

    def _raise_refused(self) -> None:
        if self._raise_on_error and self._refused:
            raise BulkError(recordtype=self.label, result=self.result)
