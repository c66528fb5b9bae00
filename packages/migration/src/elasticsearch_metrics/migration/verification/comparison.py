"""Compare documents of the target with those of the source, and repair what is wrong.

It is long, as finding a difference, judging and repairing it share what was read.
"""

from __future__ import annotations

import enum
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.index.setup_guard import setup_guard
from elasticsearch_metrics.migration.document.conversion import ConversionError
from elasticsearch_metrics.migration.errors import MigrationError
from elasticsearch_metrics.migration.state.rejected_document import RejectedDocument
from elasticsearch_metrics.migration.verification.equality import Equality, FieldDifference
from elasticsearch_metrics.migration.verification.repair import Repair, repair_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from djelme.operation import Operation
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.document.reader import Read
    from elasticsearch_metrics.migration.time_slice import TimeSlice

__all__ = ("Comparison", "ComparisonResult", "Difference", "DifferenceKind", "rejected_documents")

#: How long writes may be on their way from one side to the other before a difference counts, in
#: seconds.
SETTLING = 1.5
_IDS_AT_ONCE = 1_000
#: How many differences of all parts are kept in memory.
_REMEMBERED = 1_000


class DifferenceKind(enum.Enum):
    """What is wrong with a document."""

    MISSING = "missing in the target"
    DIFFERENT = "different"
    EXTRA = "not in the source any more"
    REFUSED = "refused"


@dataclass(frozen=True)
class Difference:
    """A document that isn't as it should be.

    Attributes:
        kind: what is wrong.
        source: index and id of its origin, None where there is none.
        target: index and id in the target, None for one that can't be there.
        fields: the fields that differ.
        reason: why it is refused.
    """

    kind: DifferenceKind
    source: tuple[str, str] | None
    target: tuple[str, str] | None
    fields: tuple[FieldDifference, ...] = ()
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "kind": self.kind.value,
            "source": self.source,
            "target": self.target,
            "fields": [vars(item) for item in self.fields],
            "reason": self.reason,
        }


@dataclass
class ComparisonResult:
    """What a comparison has found.

    Attributes:
        compared: documents of the source.
        unmatched: those of them that `convert` makes nothing of.
        expected: documents of the target that they should be; one that is the same for several of
            them counts for each.
        matching: documents that the target should have and has.
        foreign: documents of the target that the migration has not written.
        differences: what is wrong; of many, the first ones.
        wrong: how many documents are not as they should be, without refused ones.
        repaired: differences that were repaired.
    """

    compared: int = 0
    unmatched: int = 0
    expected: int = 0
    matching: int = 0
    foreign: int = 0
    differences: list[Difference] = field(default_factory=list)
    wrong: int = 0
    repaired: int = 0

    def add_difference(self, difference: Difference) -> None:
        """Count a difference."""
        self.differences.append(difference)
        self.wrong += difference.kind is not DifferenceKind.REFUSED

    def add(self, other: ComparisonResult) -> None:
        """Take over the counts of another one, and the first of its differences."""
        self.compared += other.compared
        self.unmatched += other.unmatched
        self.expected += other.expected
        self.matching += other.matching
        self.foreign += other.foreign
        self.wrong += other.wrong
        self.repaired += other.repaired
        room = _REMEMBERED - len(self.differences)
        self.differences += other.differences[: max(0, room)]


@dataclass(frozen=True)
class _Expected:
    origin: Read
    operation: Operation


class Comparison:
    """Compares one migration's documents, within what was loaded of both sides.

    Args:
        context: the migration.
        repair: whether to repair what is wrong.
        most_deleted: how many documents repairing may delete from the target, which the source has
            no more.
        rejected: documents that the target is known to refuse; unless they are to be repaired, they
            aren't expected there.

    Attributes:
        deleted: how many it has deleted.
    """

    def __init__(
        self,
        context: MigrationContext,
        *,
        repair: bool = False,
        most_deleted: int = 0,
        rejected: Iterable[RejectedDocument] = (),
    ) -> None:
        self._context = context
        self._conversion = context.conversion
        self._repair = repair
        self._most_deleted = most_deleted
        self._refused = {(each.index, each.id): each.reason for each in rejected}
        self.deleted = 0
        self._decode = context.migration.target.djelme.decoder.decode
        self._equalities: dict[tuple[str, str], Equality] = {}

    @property
    def finds_extras(self) -> bool:
        """Whether documents that the source has no more are found.

        For that, both sides have to have the same time.
        """
        return self._conversion.is_default and (
            self._context.source.time_field == self._context.target.time_field
        )

    def part(self, part: TimeSlice) -> ComparisonResult:
        """Compare all documents of a part of time."""
        result = ComparisonResult()
        expected: dict[tuple[str, str], _Expected] = {}
        for page in self._context.source.pages(part):
            self._expect(page, expected, result)
        if self.finds_extras:
            suspects, extras = self._scan(part, expected, result)
        else:
            suspects, extras = self._look_up(expected, result), []
        self._settle(part, suspects, extras, result)
        return result

    def documents(self, reads: Sequence[Read]) -> ComparisonResult:
        """Compare some documents of the source."""
        result = ComparisonResult()
        expected: dict[tuple[str, str], _Expected] = {}
        self._expect(reads, expected, result)
        self._settle(None, self._look_up(expected, result), [], result)
        return result

    def _expect(
        self,
        page: Iterable[Read],
        expected: dict[tuple[str, str], _Expected],
        result: ComparisonResult,
    ) -> None:
        for read in page:
            result.compared += 1
            try:
                operations = self._operations(read)
            except ConversionError as error:
                result.add_difference(_refused(read, str(error)))
                continue
            result.unmatched += not operations
            result.expected += len(operations)
            for operation in operations:
                expected[operation.index, operation.id] = _Expected(read, operation)

    def _operations(self, read: Read) -> list[Operation]:
        return self._conversion.operations(read.index, read.id, read.values, create=True)

    def _scan(
        self, part: TimeSlice, expected: dict[tuple[str, str], _Expected], result: ComparisonResult
    ) -> tuple[list[_Expected], list[Read]]:
        """Return what isn't as it should be in a part of time, and what should not be there."""
        suspects, extras = [], []
        unseen = dict(expected)
        for page in self._context.target.pages(part):
            for found in page:
                key = found.index, found.id
                wanted = unseen.pop(key, None)
                if wanted is not None:
                    if self._compare(wanted, found):
                        suspects.append(wanted)
                    else:
                        result.matching += 1
                elif key in expected:
                    continue
                elif self._conversion.identity.is_own(found.id):
                    extras.append(found)
                else:
                    result.foreign += 1
        return [*suspects, *unseen.values()], extras

    def _look_up(
        self, expected: dict[tuple[str, str], _Expected], result: ComparisonResult
    ) -> list[_Expected]:
        """Return what isn't as it should be, wherever in time it is."""
        found = self._context.target.by_ids(expected)
        suspects = []
        for key, wanted in expected.items():
            if key in found and not self._compare(wanted, found[key]):
                result.matching += 1
            else:
                suspects.append(wanted)
        return suspects

    def _compare(self, wanted: _Expected, found: Read) -> list[FieldDifference]:
        key = wanted.origin.index, found.index
        equality = self._equalities.get(key)
        if equality is None:
            context = self._context
            equality = self._equalities[key] = Equality(
                context.migration.target.djelme.fields,
                context.source.layout(wanted.origin.index),
                context.target.layout(found.index),
                is_default=self._conversion.is_default,
            )
        return equality.differences(self._decode(json.loads(wanted.operation.source)), found.values)

    # Whatever seems wrong is read again after a moment, since writes may be on their way.

    def _settle(
        self,
        part: TimeSlice | None,
        suspects: Sequence[_Expected],
        extras: Sequence[Read],
        result: ComparisonResult,
    ) -> None:
        if suspects or extras:
            time.sleep(SETTLING)
            self._context.source.refresh()
            self._context.target.refresh()
        for start in range(0, len(suspects), _IDS_AT_ONCE):
            self._settle_suspects(suspects[start : start + _IDS_AT_ONCE], result)
        if extras and part is not None:
            self._settle_extras(part, extras, result)

    def _settle_suspects(self, suspects: Sequence[_Expected], result: ComparisonResult) -> None:
        # The target is read before the source: if anything is written to the target after that,
        # the repairing is refused; if not, what is repaired is at least as new.
        places = {(wanted.operation.index, wanted.operation.id) for wanted in suspects}
        found = self._context.target.by_ids(places, with_version=True)
        origins = {(wanted.origin.index, wanted.origin.id) for wanted in suspects}
        wrong: list[tuple[Difference, Repair]] = []
        for read in self._context.source.by_ids(origins).values():
            try:
                operations = self._operations(read)
            except ConversionError as error:
                result.add_difference(_refused(read, str(error)))
                continue
            for operation in operations:
                key = operation.index, operation.id
                if key not in places:
                    continue
                wanted, there = _Expected(read, operation), found.get(key)
                differing = [] if there is None else self._compare(wanted, there)
                if there is not None and not differing:
                    result.matching += 1
                    continue
                kind = DifferenceKind.MISSING if there is None else DifferenceKind.DIFFERENT
                origin = read.index, read.id
                reason = self._refused.get(origin)
                if there is None and reason is not None and not self._repair:
                    result.add_difference(_refused(read, reason))
                    continue
                difference = Difference(kind, origin, key, tuple(differing))
                wrong.append((difference, Repair(operation, there)))
        self._repair_all(wrong, result)

    def _settle_extras(
        self, part: TimeSlice, extras: Sequence[Read], result: ComparisonResult
    ) -> None:
        again = self._context.target.by_ids(
            [(found.index, found.id) for found in extras], with_version=True
        )
        expected: dict[tuple[str, str], _Expected] = {}
        for page in self._context.source.pages(part):
            self._expect(page, expected, ComparisonResult())
        wrong = []
        for key, found in again.items():
            if key not in expected and part.contains(found.values, self._context.target.time_field):
                difference = Difference(DifferenceKind.EXTRA, None, key)
                wrong.append((difference, Repair(None, found)))
        if self._repair and self._most_deleted:
            self.deleted += len(wrong)
            if self.deleted > self._most_deleted:
                msg = (
                    f"the source lacks more than {self._most_deleted:,} documents that were copied "
                    f"to the target, so nothing more is deleted there. If they were really deleted "
                    f"in the source, allow more with --most-deleted; if an index of the source is "
                    f"missing, bring it back"
                )
                raise MigrationError(msg, migration=self._context.name)
            self._context.require_available()
            self._repair_all(wrong, result)
        else:
            for difference, _ in wrong:
                result.add_difference(difference)

    def _repair_all(
        self, wrong: Sequence[tuple[Difference, Repair]], result: ComparisonResult
    ) -> None:
        if not self._repair or not wrong:
            for difference, _ in wrong:
                result.add_difference(difference)
            return
        placement = self._context.target.placement
        for index in {
            repair.operation.index for _, repair in wrong if repair.operation is not None
        }:
            setup_guard.require(placement, index)
        reasons = repair_all(self._context.target.backend, [repair for _, repair in wrong])
        for (difference, _), reason in zip(wrong, reasons, strict=True):
            if reason is None:
                result.repaired += 1
            elif difference.source is None:
                result.add_difference(difference)
            else:
                refused = Difference(
                    DifferenceKind.REFUSED, difference.source, difference.target, reason=reason
                )
                result.add_difference(refused)


def _refused(read: Read, reason: str) -> Difference:
    return Difference(DifferenceKind.REFUSED, (read.index, read.id), None, reason=reason)


def rejected_documents(result: ComparisonResult) -> Iterator[RejectedDocument]:
    """Yield the documents that a comparison found the target to refuse."""
    for difference in result.differences:
        if difference.kind is DifferenceKind.REFUSED and difference.source is not None:
            yield RejectedDocument(*difference.source, difference.reason)
