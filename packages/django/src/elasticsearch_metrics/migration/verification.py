"""Prove that the target has what the source has: period by period, and document by document."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from djelme.field import Kind
from djelme.timeparts import format_timestamp
from elasticsearch_metrics import conf
from elasticsearch_metrics.migration.comparison import (
    Comparison,
    Tally,
    refusals,
)
from elasticsearch_metrics.migration.layout import Fate
from elasticsearch_metrics.migration.pace import Patience
from elasticsearch_metrics.migration.period import periods
from elasticsearch_metrics.migration.refusal import RefusalBook
from elasticsearch_metrics.migration.time_slice import TimeSlice, divide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.corpus import Corpus
    from elasticsearch_metrics.migration.time_slice import Interval

__all__ = ("Mismatch", "PeriodRow", "Verification", "VerificationOptions", "VerificationResult")

_FIELDS_AT_ONCE = 30
#: Elasticsearch counts distinct values exactly up to about this many.
_EXACT_CARDINALITY = 40_000
_CARDINALITY_TOLERANCE = 0.02
#: Sums are of doubles: their last digits depend on the order of the documents.
_SUM_TOLERANCE = 1e-9
_SINGLE_TOLERANCE = 1e-5
_SLICE_DOCUMENTS = 20_000
_REFUSED_AT_MOST = 10_000
_WHOLE_KINDS = frozenset({Kind.BYTE, Kind.SHORT, Kind.INTEGER, Kind.LONG})
_NUMBER_KINDS = frozenset({*_WHOLE_KINDS, Kind.FLOAT, Kind.DOUBLE})
_DATE_KINDS = frozenset({Kind.DATETIME, Kind.DATE})


@dataclass(frozen=True)
class VerificationOptions:
    """How thoroughly to compare.

    Attributes:
        sample: how many documents to compare one by one.
        full: compare all documents one by one.
        repair: mend what is wrong; implies `full`.
        behind: how many seconds before now to stop, since later records may be on their way.
        patience: how long to wait for a cluster that is away, in seconds.
        most_deleted: how many documents repairing may delete that the source has no more.
    """

    sample: int = 1_000
    full: bool = False
    repair: bool = False
    behind: float = 10.0
    patience: float = 60.0
    most_deleted: int = 1_000


@dataclass(frozen=True)
class Mismatch:
    """A figure that differs.

    Attributes:
        what: such as ``"sum of size"``.
        source: the source's.
        target: the target's.
    """

    what: str
    source: Any
    target: Any


@dataclass(frozen=True)
class PeriodRow:
    """The figures of one period.

    Attributes:
        period: its name, such as ``"2026.11"``.
        source: number of documents in the source, without refused ones.
        target: number of documents in the target.
        refused: number of documents that the target refuses.
        figures: how many figures were compared.
        mismatches: those that differ.
        part: the time.
        is_explained: all documents of the period were compared one by one, and the target is as it
            should be: the figures differ because writes were on their way, or because of documents
            that the migration hasn't written.
    """

    period: str
    source: int
    target: int
    refused: int
    figures: int
    mismatches: tuple[Mismatch, ...]
    part: TimeSlice
    is_explained: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "period": self.period,
            "source": self.source,
            "target": self.target,
            "refused": self.refused,
            "figures": self.figures,
            "mismatches": [vars(item) for item in self.mismatches],
            "explained": self.is_explained,
        }


@dataclass
class VerificationResult:
    """What a verification has found.

    Attributes:
        until: the moment up to which was compared.
        by_period: whether figures of periods could be compared; not where ``convert`` changes
            documents.
        rows: the periods that have documents.
        tally: the documents that were compared one by one.
        is_full: whether those were all.
        refused: number of documents that the target refuses.
    """

    until: datetime.datetime
    by_period: bool
    is_full: bool
    rows: list[PeriodRow] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    refused: int = 0

    @property
    def wrong(self) -> int:
        """How many documents are not as they should be, without refused ones."""
        return self.tally.wrong

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
            "compared": self.tally.compared,
            "matching": self.tally.matching,
            "foreign": self.tally.foreign,
            "wrong": self.wrong,
            "mended": self.tally.mended,
            "refused": self.refused,
            "differences": [difference.to_dict() for difference in self.tally.differences],
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
        self._patience = Patience(options.patience)
        self._book = RefusalBook(context.store)
        self._figures = _Figures(context)

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
            self._patience.attempt(side.load)
        self._comparison = Comparison(
            context,
            repair=options.repair,
            most_deleted=options.most_deleted,
            refusals=self._patience.attempt(self._book.all),
        )
        whole = self._whole(until)
        if is_full:
            self._compare_all(whole, result)
        refused = self._patience.attempt(self._book.all)
        result.refused = len(refused)
        if by_period and whole is not None:
            for side in (context.source, context.target):
                self._patience.attempt(side.refresh)
            ids = [refusal.id for refusal in refused[:_REFUSED_AT_MOST]]
            result.rows = [self._explained(row, result) for row in self._rows(whole, ids)]
        if not is_full and whole is not None:
            result.tally.add(self._compare_sample(whole))
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

    def _compare_part(self, part: TimeSlice, result: VerificationResult) -> Tally:
        tally = self._patience.attempt(self._comparison.part, part)
        self._book.add(refusals(tally))
        result.tally.add(tally)
        self._show(tally.compared)
        return tally

    def _parts(self, whole: Interval | None) -> Iterator[TimeSlice]:
        source, target = self._context.source, self._context.target
        sides = (source, target) if self._comparison.finds_extras else (source,)

        def count(part: TimeSlice) -> int:
            return max(self._patience.attempt(side.count_part, part) for side in sides)

        for part, _ in () if whole is None else divide(*whole, count, _SLICE_DOCUMENTS):
            yield part

    def _compare_sample(self, whole: Interval) -> Tally:
        """Compare documents that are chosen at random, from each index by its size."""
        tally = Tally()
        indexes = list(self._context.source.overlapping(TimeSlice(*whole)))
        total = sum(index.documents for index in indexes)
        for index in indexes:
            share = math.ceil(self._options.sample * index.documents / total) if total else 0
            query = self._context.source.query(TimeSlice(*whole))
            size = min(share, index.page_size * 2)
            if size:
                reads = self._patience.attempt(index.reader.sample, query, size)
                tally.add(self._patience.attempt(self._comparison.documents, reads))
                self._show(len(reads))
        return tally

    # Period by period.

    def _rows(self, whole: Interval, refused_ids: Sequence[str]) -> Iterator[PeriodRow]:
        depth = min(
            side.recordtype.djelme.options.timedepth or conf.default_timedepth()
            for side in (self._context.source, self._context.target)
        )
        for name, part in periods(whole, depth):
            row = self._patience.attempt(self._figures.row, name, part, refused_ids)
            if row.source or row.target or row.refused:
                yield row

    def _explained(self, row: PeriodRow, result: VerificationResult) -> PeriodRow:
        """Find out which documents are behind figures that differ.

        Writes to a period of the past, which go on while figures are made, are in one of them and
        not yet in the other; only documents tell whether that is all.
        """
        if not row.mismatches:
            return row
        if result.is_full:
            return replace(row, is_explained=not result.wrong)
        tallies = [self._compare_part(part, result) for part in self._parts(row.part.interval)]
        return replace(row, is_explained=not any(tally.wrong for tally in tallies))


class _Figures:
    """The figures that both sides must have in common."""

    def __init__(self, context: MigrationContext) -> None:
        self._context = context

    def row(self, name: str, part: TimeSlice, refused_ids: Sequence[str]) -> PeriodRow:
        """Return the figures of a period."""
        source, target = self._context.source, self._context.target
        origin, copies = part.query(source.time_field), part.query(target.time_field)
        without: dict[str, Any] = {"bool": {"filter": [origin]}}
        refused = 0
        if refused_ids:
            among = {"bool": {"filter": [origin, {"ids": {"values": list(refused_ids)}}]}}
            refused = source.count(among)
            without["bool"]["must_not"] = [{"ids": {"values": list(refused_ids)}}]
        counts = source.count(without), target.count(copies)
        mismatches = [] if counts[0] == counts[1] else [Mismatch("documents", *counts)]
        figures = 1
        wanted = self._aggregations()
        names = list(wanted)
        for start in range(0, len(names), _FIELDS_AT_ONCE):
            some = names[start : start + _FIELDS_AT_ONCE]
            found = [
                side.aggregate(
                    without if side is source else copies,
                    {f"a{place}": wanted[each][place_of] for place, each in enumerate(some)},
                )
                for place_of, side in enumerate((source, target))
            ]
            for place, each in enumerate(some):
                figures += 1
                values = [answer.get(f"a{place}", {}).get("value") for answer in found]
                if not self._is_same(each, *values):
                    shown = [_shown(answer.get(f"a{place}", {}), each) for answer in found]
                    mismatches.append(Mismatch(each, *shown))
        return PeriodRow(name, *counts, refused, figures, tuple(mismatches), part)

    def _aggregations(self) -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Return what to ask each side for, by the figure's name."""
        wanted: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        source_fields = self._context.migration.source.djelme.fields
        target_fields = self._context.migration.target.djelme.fields
        for name in self._context.conversion.carrying.names:
            kinds = source_fields[name].kind, target_fields[name].kind
            paths = [_path(side, name) for side in (self._context.source, self._context.target)]
            if None in paths:
                continue
            if set(kinds) <= _NUMBER_KINDS:
                wanted[f"sum of {name}"] = _pair("sum", paths)
            elif set(kinds) <= _DATE_KINDS:
                wanted[f"earliest {name}"] = _pair("min", paths)
                wanted[f"latest {name}"] = _pair("max", paths)
            elif set(kinds) <= {Kind.KEYWORD, Kind.TEXT}:
                extra = {"precision_threshold": _EXACT_CARDINALITY}
                wanted[f"distinct {name}"] = _pair("cardinality", paths, **extra)
            elif kinds == (Kind.BOOLEAN, Kind.BOOLEAN):
                wanted[f"sum of {name}"] = _pair("sum", paths)
        return wanted

    def _is_same(self, figure: str, one: Any, other: Any) -> bool:
        if one == other or one is None or other is None:
            return bool(one == other)
        kind, _, name = figure.rpartition(" ")
        if kind == "distinct":
            is_exact = max(one, other) <= _EXACT_CARDINALITY
            return not is_exact and math.isclose(one, other, rel_tol=_CARDINALITY_TOLERANCE)
        if kind == "sum of":
            single = Kind.FLOAT in {
                side.djelme.fields[name].kind
                for side in (self._context.migration.source, self._context.migration.target)
            }
            tolerance = _SINGLE_TOLERANCE if single else _SUM_TOLERANCE
            return math.isclose(one, other, rel_tol=tolerance, abs_tol=1e-9)
        return False


def _path(side: Corpus, name: str) -> str | None:
    """Return the path by which a field can be aggregated in all indexes; None if it can't."""
    paths = set()
    for index in side.indexes.values():
        origin = index.reader.layout.origins.get(name)
        if origin is None:
            continue  # no document has it
        if origin.fate is Fate.LOST or "lost" in origin.reason:
            return None
        paths.add(origin.path)
    return paths.pop() if len(paths) == 1 else name if not paths else None


def _pair(
    kind: str, paths: Sequence[str | None], **extra: Any
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    one, other = ({kind: {"field": path, **extra}} for path in paths)
    return one, other


def _shown(answer: Mapping[str, Any], figure: str) -> Any:
    if figure.startswith(("earliest ", "latest ")):
        return answer.get("value_as_string") or answer.get("value")
    return answer.get("value")
