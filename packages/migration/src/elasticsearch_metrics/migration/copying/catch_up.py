"""What a backfill does after copying: repair what dual writes have missed, retry the rejected."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from djelme import process
from djelme.timeparts import parse_timestamp
from elasticsearch_metrics.migration.dual_write.gap import find_gaps, merge_ranges, ranges_of
from elasticsearch_metrics.migration.errors import MigrationStateConflictError
from elasticsearch_metrics.migration.state.rejected_document import RejectedDocuments
from elasticsearch_metrics.migration.time_slice import (
    MILLISECOND,
    SLICE_DOCUMENTS,
    TimeSlice,
    divide,
)
from elasticsearch_metrics.migration.verification.comparison import Comparison, rejected_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.copying.worker_pool import WorkerPool
    from elasticsearch_metrics.migration.pace import RetryBudget
    from elasticsearch_metrics.state.lock import RunnerLock
    from elasticsearch_metrics.state.store import Stored

__all__ = ("CatchUp",)

#: Records of so short ago may still be on their way to the target, in seconds.
_IN_FLIGHT = 10.0
#: How often to look for gaps that came while others were closed.
_GAP_ROUNDS = 5


class CatchUp:
    """One run of catching up.

    Args:
        context: the migration.
        retry: for clusters that are away.
        pool: does what can be done side by side.

    Attributes:
        repaired: how many documents were repaired.
    """

    def __init__(self, context: MigrationContext, retry: RetryBudget, pool: WorkerPool) -> None:
        self._context = context
        self._retry = retry
        self._pool = pool
        self._rejected = RejectedDocuments(context.store)
        self._counting = process.Lock()
        self.repaired = 0

    def run(self, lock: RunnerLock) -> None:
        """Repair what was refused, what dual writes have missed, and what differs in number.

        Raises:
            djelme.errors.DjelmeError: if a cluster doesn't answer for too long.
        """
        self._retry.attempt(self._retry_refused)
        self._close_gaps(lock)
        self._reconcile(lock)

    def _retry_refused(self) -> None:
        """Try again what was refused, since the site's code may have been corrected."""
        known = self._rejected.all()
        if not known:
            return
        comparison = Comparison(self._context, repair=True)
        reads = self._context.source.by_ids([(each.index, each.id) for each in known])
        result = comparison.documents(list(reads.values()))
        still = {(each.index, each.id): each for each in rejected_documents(result)}
        self._rejected.add(still.values())
        self._rejected.remove(each for each in known if (each.index, each.id) not in still)
        self.repaired += result.repaired

    def _close_gaps(self, lock: RunnerLock) -> None:
        """Repair what dual writes have missed."""
        for _ in range(_GAP_ROUNDS):
            gaps = self._retry.attempt(find_gaps, self._context.store)
            if not gaps:
                return
            ranges: dict[str, Any] = {}
            for gap in gaps:
                ranges = merge_ranges(ranges, ranges_of(gap.state))
            self._load()
            self._pool.work(self._gap_parts(ranges), self._repair_part, lock)
            for gap in gaps:
                self._retry.attempt(self._forget, gap)

    def _forget(self, gap: Stored) -> None:
        try:
            self._context.store.delete(gap)
        except MigrationStateConflictError:
            return  # It has grown meanwhile, and is closed once more.

    def _gap_parts(self, ranges: dict[str, Any]) -> Iterator[TimeSlice]:
        whole = self._context.source.interval
        for index, bounds in ranges.items():
            known = self._context.source.indexes.get(index)
            if bounds is not None:
                start, end = parse_timestamp(bounds[0]), parse_timestamp(bounds[1]) + MILLISECOND
            elif known is not None and known.interval is not None:
                yield TimeSlice()
                start, end = known.interval
            elif whole is not None:
                start, end = whole
            else:
                continue
            for part, _ in divide(start, end, self._count_both, SLICE_DOCUMENTS):
                yield part

    def _reconcile(self, lock: RunnerLock) -> None:
        """Repair the times for which both sides have different numbers of documents.

        A process that was killed may have had dual writes in memory, of which no gap is saved.
        """
        if not self._context.conversion.is_default or self._retry.attempt(self._rejected.count):
            return
        self._load()
        interval = self._context.source.interval
        if interval is None:
            return
        latest = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(
            seconds=_IN_FLIGHT
        )
        start, end = interval[0], min(interval[1], latest)
        if start < end:
            self._pool.work(self._unequal_parts(start, end), self._repair_part, lock)

    def _unequal_parts(
        self, start: datetime.datetime, end: datetime.datetime
    ) -> Iterator[TimeSlice]:
        def difference(part: TimeSlice) -> int:
            counts = self._counts(part)
            return max(counts) if counts[0] != counts[1] else 0

        for part, _ in divide(start, end, difference, SLICE_DOCUMENTS):
            yield part

    def _count_both(self, part: TimeSlice) -> int:
        return max(self._counts(part))

    def _counts(self, part: TimeSlice) -> list[int]:
        sides = (self._context.source, self._context.target)
        return [self._retry.attempt(side.count_part, part) for side in sides]

    def _load(self) -> None:
        for side in (self._context.source, self._context.target):
            self._retry.attempt(side.load)

    def _repair_part(self, part: TimeSlice) -> None:
        comparison = Comparison(self._context, repair=True)
        result = self._retry.attempt(comparison.part, part)
        self._retry.attempt(self._rejected.add, list(rejected_documents(result)))
        with self._counting.held:
            self.repaired += result.repaired
