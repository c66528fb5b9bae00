"""Prove that the target has what the source has: period by period, and document by document."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from djelme.timeparts import format_timestamp
from elasticsearch_metrics import conf
from elasticsearch_metrics.migration.pace import RetryBudget
from elasticsearch_metrics.migration.state.rejected_document import RejectedDocuments
from elasticsearch_metrics.migration.time_slice import SLICE_DOCUMENTS, TimeSlice, divide
from elasticsearch_metrics.migration.verification.comparison import (
    Comparison,
    ComparisonResult,
    rejected_documents,
)
from elasticsearch_metrics.migration.verification.period import periods
from elasticsearch_metrics.migration.verification.period_metric import PeriodMetrics, PeriodRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.time_slice import Interval

__all__ = ("Verification", "VerificationOptions", "VerificationResult")

_REFUSED_AT_MOST = 10_000


@dataclass(frozen=True)
class VerificationOptions:
    """How thoroughly to compare.

    Attributes:
        sample: how many documents to compare one by one.
        full: compare all documents one by one.
        repair: repair what is wrong; implies `full`.
        behind: how many seconds before now to stop, since later records may be on their way.
        retry_time: how long to retry when a cluster is away, in seconds.
        most_deleted: how many documents repairing may delete that the source has no more.
    """

    sample: int = 1_000
    full: bool = False
    repair: bool = False
    behind: float = 10.0
    retry_time: float = 60.0
    most_deleted: int = 1_000


@dataclass
class VerificationResult:
    """What a verification has found.

    Attributes:
        until: the moment up to which was compared.
        by_period: whether metrics of periods could be compared; not where ``convert`` changes
            documents.
        rows: the periods that have documents.
        comparison: the documents that were compared one by one.
        is_full: whether those were all.
        refused: number of documents that the target refuses.
    """

    until: datetime.datetime
    by_period: bool
    is_full: bool
    rows: list[PeriodRow] = field(default_factory=list)
    comparison: ComparisonResult = field(default_factory=ComparisonResult)
    refused: int = 0

    @property
    def wrong(self) -> int:
        """How many documents are not as they should be, without refused ones."""
        return self.comparison.wrong

    @property
    def matches(self) -> bool:
        """Whether the target is as it should be, apart from refused documents."""
        return not self.wrong and not any(
            row.mismatches and not row.is_explained for row in self.rows
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "until": format_timestamp(self.until),
            "matches": self.matches,
            "by_period": self.by_period,
            "full": self.is_full,
            "periods": [row.to_dict() for row in self.rows],
            "compared": self.comparison.compared,
            "matching": self.comparison.matching,
            "foreign": self.comparison.foreign,
            "wrong": self.wrong,
            "repaired": self.comparison.repaired,
            "refused": self.refused,
            "differences": [difference.to_dict() for difference in self.comparison.differences],
        }


class Verification:
    """One run of comparing.

    Args:
        context: the migration.
        options: how thoroughly.
        show: called with numbers of documents that were compared.
    """

    def __init__(
        self,
        context: MigrationContext,
        options: VerificationOptions,
        show: Callable[[int], object] = lambda _: None,
    ) -> None:
        self._context = context
        self._options = options
        self._show = show
        self._retry = RetryBudget(options.retry_time)
        self._rejected = RejectedDocuments(context.store)
        self._metrics = PeriodMetrics(context)

    def run(self) -> VerificationResult:
        """Compare both sides.

        Raises:
            djelme.errors.DjelmeError: if one doesn't answer.
        """
        context, options = self._context, self._options
        now = datetime.datetime.now(datetime.timezone.utc)
        # The moment of milliseconds, as documents have it.
        until = now - datetime.timedelta(
            seconds=options.behind, microseconds=now.microsecond % 1000
        )
        by_period = context.conversion.is_default
        is_full = options.full or options.repair
        result = VerificationResult(until, by_period, is_full)
        for side in (context.source, context.target):
            self._retry.attempt(side.load)
        self._comparison = Comparison(
            context,
            repair=options.repair,
            most_deleted=options.most_deleted,
            rejected=self._retry.attempt(self._rejected.all),
        )
        whole = self._whole(until)
        if is_full:
            self._compare_all(whole, result)
        refused = self._retry.attempt(self._rejected.all)
        result.refused = len(refused)
        if by_period and whole is not None:
            for side in (context.source, context.target):
                self._retry.attempt(side.refresh)
            ids = [rejected.id for rejected in refused[:_REFUSED_AT_MOST]]
            result.rows = [self._explained(row, result) for row in self._rows(whole, ids)]
        if not is_full and whole is not None:
            result.comparison.add(self._compare_sample(whole))
        return result

    def _whole(self, until: datetime.datetime) -> Interval | None:
        intervals = [
            side.interval
            for side in (self._context.source, self._context.target)
            if side.interval is not None
        ]
        if not intervals:
            return None
        start = min(interval[0] for interval in intervals)
        end = min(until, max(interval[1] for interval in intervals))
        return (start, end) if start < end else None

    # Document by document.

    def _compare_all(self, whole: Interval | None, result: VerificationResult) -> None:
        for part in (TimeSlice(), *self._parts(whole)):
            self._compare_part(part, result)

    def _compare_part(self, part: TimeSlice, result: VerificationResult) -> ComparisonResult:
        compared = self._retry.attempt(self._comparison.part, part)
        self._rejected.add(rejected_documents(compared))
        result.comparison.add(compared)
        self._show(compared.compared)
        return compared

    def _parts(self, whole: Interval | None) -> Iterator[TimeSlice]:
        source, target = self._context.source, self._context.target
        sides = (source, target) if self._comparison.finds_extras else (source,)

        def count(part: TimeSlice) -> int:
            return max(self._retry.attempt(side.count_part, part) for side in sides)

        for part, _ in () if whole is None else divide(*whole, count, SLICE_DOCUMENTS):
            yield part

    def _compare_sample(self, whole: Interval) -> ComparisonResult:
        """Compare documents that are chosen at random, from each index by its size."""
        compared = ComparisonResult()
        indexes = list(self._context.source.overlapping(TimeSlice(*whole)))
        total = sum(index.documents for index in indexes)
        for index in indexes:
            share = math.ceil(self._options.sample * index.documents / total) if total else 0
            query = self._context.source.query(TimeSlice(*whole))
            size = min(share, index.page_size * 2)
            if size:
                reads = self._retry.attempt(index.reader.sample, query, size)
                compared.add(self._retry.attempt(self._comparison.documents, reads))
                self._show(len(reads))
        return compared

    # Period by period.

    def _rows(self, whole: Interval, refused_ids: Sequence[str]) -> Iterator[PeriodRow]:
        depth = min(
            side.recordtype.djelme.options.timedepth or conf.default_timedepth()
            for side in (self._context.source, self._context.target)
        )
        for name, part in periods(whole, depth):
            row = self._retry.attempt(self._metrics.row, name, part, refused_ids)
            if row.source or row.target or row.refused:
                yield row

    def _explained(self, row: PeriodRow, result: VerificationResult) -> PeriodRow:
        """Find out which documents are behind metrics that differ.

        Writes to a period of the past, which go on while metrics are asked for, are in one of them
        and not yet in the other; only documents show whether that is all.
        """
        if not row.mismatches:
            return row
        if result.is_full:
            return replace(row, is_explained=not result.wrong)
        compared = [self._compare_part(part, result) for part in self._parts(row.part.interval)]
        return replace(row, is_explained=not any(part.wrong for part in compared))
