"""The metrics of a period that both sides must have in common."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.field import Kind
from elasticsearch_metrics.migration.document.layout import Fidelity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.document.dataset import Dataset
    from elasticsearch_metrics.migration.time_slice import TimeSlice

__all__ = ("Mismatch", "PeriodMetrics", "PeriodRow")

_FIELDS_AT_ONCE = 30
#: Elasticsearch counts distinct values exactly up to about this many.
_EXACT_CARDINALITY = 40_000
_CARDINALITY_TOLERANCE = 0.02
#: Sums are of doubles: their last digits depend on the order of the documents.
_SUM_TOLERANCE = 1e-9
_SINGLE_TOLERANCE = 1e-5
_WHOLE_KINDS = frozenset({Kind.BYTE, Kind.SHORT, Kind.INTEGER, Kind.LONG})
_NUMBER_KINDS = frozenset({*_WHOLE_KINDS, Kind.FLOAT, Kind.DOUBLE})
_DATE_KINDS = frozenset({Kind.DATETIME, Kind.DATE})


@dataclass(frozen=True)
class Mismatch:
    """A metric that differs.

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
    """The metrics of one period.

    Attributes:
        period: its name, such as ``"2026.11"``.
        source: number of documents in the source, without refused ones.
        target: number of documents in the target.
        refused: number of documents that the target refuses.
        metrics: how many metrics were compared.
        mismatches: those that differ.
        part: the time.
        is_explained: all documents of the period were compared one by one, and the target is as it
            should be: the metrics differ because writes were on their way, or because of documents
            that the migration hasn't written.
    """

    period: str
    source: int
    target: int
    refused: int
    metrics: int
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
            "metrics": self.metrics,
            "mismatches": [vars(item) for item in self.mismatches],
            "explained": self.is_explained,
        }


class PeriodMetrics:
    """Counts, sums, bounds and distinct values, of one side and of the other.

    Args:
        context: the migration.
    """

    def __init__(self, context: MigrationContext) -> None:
        self._context = context

    def row(self, name: str, part: TimeSlice, refused_ids: Sequence[str]) -> PeriodRow:
        """Return the metrics of a period."""
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
        compared = 1
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
                compared += 1
                values = [answer.get(f"a{place}", {}).get("value") for answer in found]
                if not self._is_same(each, *values):
                    shown = [_shown(answer.get(f"a{place}", {}), each) for answer in found]
                    mismatches.append(Mismatch(each, *shown))
        return PeriodRow(name, *counts, refused, compared, tuple(mismatches), part)

    def _aggregations(self) -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Return what to ask each side for, by the metric's name."""
        wanted: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        source_fields = self._context.migration.source.djelme.fields
        target_fields = self._context.migration.target.djelme.fields
        for name in self._context.conversion.field_mapping.names:
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

    def _is_same(self, metric: str, one: Any, other: Any) -> bool:
        if one == other or one is None or other is None:
            return bool(one == other)
        kind, _, name = metric.rpartition(" ")
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


def _path(side: Dataset, name: str) -> str | None:
    """Return the path by which a field can be aggregated in all indexes; None if it can't."""
    paths = set()
    for index in side.indexes.values():
        origin = index.reader.layout.origins.get(name)
        if origin is None:
            continue  # no document has it
        if origin.fidelity is Fidelity.LOST or "lost" in origin.reason:
            return None
        paths.add(origin.path)
    return paths.pop() if len(paths) == 1 else name if not paths else None


def _pair(
    kind: str, paths: Sequence[str | None], **extra: Any
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    one, other = ({kind: {"field": path, **extra}} for path in paths)
    return one, other


def _shown(answer: Mapping[str, Any], metric: str) -> Any:
    if metric.startswith(("earliest ", "latest ")):
        return answer.get("value_as_string") or answer.get("value")
    return answer.get("value")
