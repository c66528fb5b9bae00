"""Copy what the source has to the target: index by index, slice by slice, resumable.

It is long, as its options, its result and the loop that fills it belong together.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from djelme import process
from elasticsearch_metrics.index.setup_guard import setup_guard
from elasticsearch_metrics.migration.copying.catch_up import CatchUp
from elasticsearch_metrics.migration.copying.worker_pool import WorkerPool
from elasticsearch_metrics.migration.document.conversion import ConversionError
from elasticsearch_metrics.migration.errors import MigrationError
from elasticsearch_metrics.migration.pace import RetryBudget
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.state.checkpoint import Checkpoint, read_checkpoints
from elasticsearch_metrics.migration.state.rejected_document import (
    RejectedDocument,
    RejectedDocuments,
)
from elasticsearch_metrics.migration.state.state import now
from elasticsearch_metrics.migration.time_slice import SLICE_DOCUMENTS, TimeSlice, divide

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from djelme.operation import Operation
    from elasticsearch_metrics.management.progress import Progress
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.document.dataset import DatasetIndex
    from elasticsearch_metrics.migration.document.reader import Read
    from elasticsearch_metrics.state.lock import RunnerLock

__all__ = ("Backfill", "BackfillOptions", "BackfillResult")


@dataclass(frozen=True)
class BackfillOptions:
    """How to copy.

    Attributes:
        indexes: patterns of names; empty for all indexes.
        workers: threads that copy.
        rate: most documents a second, None for no bound.
        dry_run: read and convert, write nothing.
        retry_time: how long to retry when a cluster is away, in seconds.
        most_refused: number of refused documents at which to stop.
    """

    indexes: tuple[str, ...] = ()
    workers: int = 2
    rate: float | None = None
    dry_run: bool = False
    retry_time: float = 300.0
    most_refused: int = 1_000


@dataclass
class BackfillResult:
    """What was done.

    Attributes:
        read: documents of the source that were read.
        created: documents of the target that are new.
        existing: documents that the target had already.
        repaired: documents that were repaired where dual writes had missed some.
        refused: documents of the source that the target refuses, of this run.
        left: number of all documents that the target refuses, once all indexes are copied.
        skipped: indexes that were complete already.
        is_complete: all indexes are copied.
    """

    read: int = 0
    created: int = 0
    existing: int = 0
    repaired: int = 0
    refused: list[RejectedDocument] = field(default_factory=list)
    left: int = 0
    skipped: int = 0
    is_complete: bool = False


class _IndexWork:
    """An index that is copied, and how many of its parts aren't done.

    The search for parts counts as one of them, so that it never ends too early.
    """

    def __init__(self, index: DatasetIndex, checkpoint: Checkpoint) -> None:
        self.index = index
        self.checkpoint = checkpoint
        self._lock = process.Lock()
        self._open = 1

    def begin(self) -> None:
        """Count a part that begins."""
        with self._lock.held:
            self._open += 1

    def end(self) -> bool:
        """Count a part that is done; return whether it was the last one."""
        with self._lock.held:
            self._open -= 1
            return not self._open


@dataclass(frozen=True)
class _Job:
    work: _IndexWork
    part: TimeSlice


class Backfill:
    """One run of copying.

    Args:
        context: the migration.
        options: how to copy.
        progress: is given each page.
    """

    def __init__(
        self, context: MigrationContext, options: BackfillOptions, progress: Progress
    ) -> None:
        self._context = context
        self._options = options
        self._progress = progress
        self._retry = RetryBudget(options.retry_time, options.rate)
        self._pool = WorkerPool(options.workers, self._retry, progress)
        self._rejected = RejectedDocuments(context.store)
        self._counting = process.Lock()
        self.result = BackfillResult()

    def run(self) -> BackfillResult:
        """Copy what isn't copied yet.

        Raises:
            MigrationError: if it isn't possible now, or if too many documents are refused.
            djelme.errors.DjelmeError: if a cluster doesn't answer for too long. What was done
                before stays done.
        """
        self._context.require_setup()
        if self._options.dry_run:
            self._copy(None)
            return self.result
        with self._context.step("backfill", Phase.DUAL, Phase.CUTOVER) as held:
            self._run(held.lock)
        return self.result

    def _run(self, lock: RunnerLock) -> None:
        self._copy(lock)
        self._retry.attempt(self._context.target.refresh)
        checkpoints = self._retry.attempt(read_checkpoints, self._context.store)
        names = self._context.source.indexes
        self.result.is_complete = all(
            name in checkpoints and checkpoints[name].is_complete for name in names
        )
        if self._options.indexes and not self.result.is_complete:
            return
        catch_up = CatchUp(self._context, self._retry, self._pool)
        catch_up.run(lock)
        self.result.repaired += catch_up.repaired
        copied = sum(checkpoints[name].copied for name in names)
        self._retry.attempt(self._note_completion, copied)

    def _note_completion(self, copied: int) -> None:
        self.result.left = self._rejected.count()
        outcome = {"completed": now(), "copied": copied, "refused": self.result.left}
        self._context.keeper.change("backfill", backfill=outcome)

    # Copying.

    def _copy(self, lock: RunnerLock | None) -> None:
        indexes = self._retry.attempt(self._context.source.load)
        chosen = {name: index for name, index in indexes.items() if self._is_chosen(name)}
        if self._options.indexes and not chosen:
            known = ", ".join(indexes) or "none"
            msg = f"no index matches {', '.join(self._options.indexes)} (there are: {known})"
            raise MigrationError(msg, migration=self._context.name)
        checkpoints = self._retry.attempt(read_checkpoints, self._context.store)
        work = []
        for name, index in chosen.items():
            checkpoint = checkpoints.get(name) or Checkpoint(self._context.store, name)
            if checkpoint.is_complete and not self._options.dry_run:
                self.result.skipped += 1
            else:
                work.append(_IndexWork(index, checkpoint))
        self._progress.begin(
            sum(each.index.documents for each in work),
            done=0 if self._options.dry_run else sum(each.checkpoint.copied for each in work),
        )
        self._pool.work(self._jobs(work), self._copy_part, lock)
        self._progress.end()

    def _is_chosen(self, name: str) -> bool:
        patterns = self._options.indexes
        return not patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)

    def _jobs(self, work: Iterable[_IndexWork]) -> Iterator[_Job]:
        for each in work:
            self._progress.enter(each.index.name)
            for part in self._parts(each):
                each.begin()
                yield _Job(each, part)
            self._finish(each)

    def _parts(self, work: _IndexWork) -> Iterator[TimeSlice]:
        index, checkpoint = work.index, work.checkpoint
        if index.untimed and (self._options.dry_run or not checkpoint.untimed_done):
            yield TimeSlice()
        if index.interval is None:
            return
        left = [index.interval] if self._options.dry_run else checkpoint.left(index.interval)

        def count(part: TimeSlice) -> int:
            query = self._context.source.query(part)
            return self._retry.attempt(index.reader.count, query)

        for start, end in left:
            for part, _ in divide(start, end, count, SLICE_DOCUMENTS):
                yield part

    def _copy_part(self, job: _Job) -> None:
        done = self._retry.attempt(self._copy_pages, job)
        copied = done.read
        self._count(done)
        if not self._options.dry_run:
            job.work.checkpoint.add(job.part, copied)
            self._retry.attempt(job.work.checkpoint.save)
        self._finish(job.work)

    def _finish(self, work: _IndexWork) -> None:
        """Note that an index is complete, after the last of its parts."""
        if work.end() and not self._options.dry_run:
            work.checkpoint.complete(work.index.interval)
            self._retry.attempt(work.checkpoint.save)

    def _copy_pages(self, job: _Job) -> BackfillResult:
        index = job.work.index
        query = self._context.source.query(job.part)
        done = BackfillResult()
        try:
            for page in index.reader.pages(query, self._page_size(index)):
                self._copy_page(page, done)
        except BaseException:
            # The part is copied again from its start.
            self._progress.add(-done.read)
            raise
        return done

    def _page_size(self, index: DatasetIndex) -> int:
        rate = self._options.rate
        # A page has to be sent long before the source forgets the scroll.
        return index.page_size if rate is None else max(1, min(index.page_size, int(rate * 30)))

    def _copy_page(self, page: Sequence[Read], done: BackfillResult) -> None:
        operations: list[Operation] = []
        origins: list[Read] = []
        refused: list[RejectedDocument] = []
        convert = self._context.conversion.operations
        for read in page:
            try:
                made = convert(read.index, read.id, read.values, create=True)
            except ConversionError as error:
                refused.append(RejectedDocument(read.index, read.id, str(error)))
                continue
            operations += made
            origins += [read] * len(made)
        if operations and not self._options.dry_run:
            placement = self._context.target.placement
            for index in {operation.index for operation in operations}:
                setup_guard.require(placement, index)
            outcomes = self._retry.store(placement.backend, operations)
            for origin, outcome in zip(origins, outcomes, strict=True):
                if outcome.reason is not None:
                    refused.append(RejectedDocument(origin.index, origin.id, outcome.reason))
                elif outcome.created:
                    done.created += 1
                else:
                    done.existing += 1
        if refused:
            done.refused += refused
            self._require_few(done)
            if not self._options.dry_run:
                self._rejected.add(refused)
        done.read += len(page)
        self._progress.add(len(page))

    def _count(self, done: BackfillResult) -> None:
        with self._counting.held:
            result = self.result
            result.read += done.read
            result.created += done.created
            result.existing += done.existing
            result.refused += done.refused

    def _require_few(self, done: BackfillResult) -> None:
        refused = [*self.result.refused, *done.refused]
        if len(refused) > self._options.most_refused:
            msg = (
                f"{len(refused)} documents were refused, so something is wrong with more than "
                f"single ones; the first is {refused[0].id} of {refused[0].index}: "
                f"{refused[0].reason}. Correct the record type or convert() and run the command "
                f"again, or allow more with --most-refused"
            )
            raise MigrationError(msg, migration=self._context.name)
