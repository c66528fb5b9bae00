"""Say what a migration will do, before anything is done."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendRefusedError
from elasticsearch_metrics.migration.document.conversion import ConversionError
from elasticsearch_metrics.migration.document.layout import Fidelity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djelme.contracts import Backend
    from djelme.field import FieldSpec
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.document.dataset import DatasetIndex
    from elasticsearch_metrics.migration.document.layout import Origin

__all__ = ("FieldPlan", "IndexPlan", "Plan", "make_plan")

_SAMPLE_DOCUMENTS = 1_000
#: How much longer writing takes than reading and converting, about.
_WRITING_FACTOR = 2.0
#: How long a server may take to say its version, in seconds.
_VERSION_TIMEOUT = 10.0


@dataclass(frozen=True)
class IndexPlan:
    """An index that will be copied.

    Attributes:
        index: its name.
        documents: number of documents.
        bytes: size on disk.
        has_source: whether documents come back exactly, from `_source`.
    """

    index: str
    documents: int
    bytes: int
    has_source: bool


@dataclass(frozen=True)
class FieldPlan:
    """What becomes of a field of the source.

    Attributes:
        field: its name.
        fidelity: what becomes of it.
        reason: why.
    """

    field: str
    fidelity: Fidelity
    reason: str = ""


@dataclass
class Plan:
    """What will be copied, and what can't be.

    Attributes:
        indexes: the indexes.
        fields: the fields of the source.
        obstacles: what keeps the migration from beginning.
        sampled: number of documents that were read and converted on trial.
        trial_rejections: reasons why documents of the trial were refused, the first ones.
        seconds: estimated time for copying, None if nothing is there.
        return_obstacle: why records can't be copied back after cutover, None if they can.
        source_version: of the source's server, such as ``6.8.23``; empty if it may not be asked.
        target_version: of the target's.
    """

    indexes: list[IndexPlan] = field(default_factory=list)
    fields: list[FieldPlan] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    sampled: int = 0
    trial_rejections: list[str] = field(default_factory=list)
    seconds: float | None = None
    return_obstacle: str | None = None
    source_version: str = ""
    target_version: str = ""

    @property
    def documents(self) -> int:
        """Number of all documents."""
        return sum(index.documents for index in self.indexes)

    @property
    def losses(self) -> list[FieldPlan]:
        """The fields that can't be copied."""
        return [each for each in self.fields if each.fidelity is Fidelity.LOST]

    def unaccepted(self, accepted: Iterable[str]) -> list[FieldPlan]:
        """Return the losses that nobody has accepted."""
        return [each for each in self.losses if each.field not in set(accepted)]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "source_version": self.source_version,
            "target_version": self.target_version,
            "indexes": [vars(index) for index in self.indexes],
            "documents": self.documents,
            "bytes": sum(index.bytes for index in self.indexes),
            "seconds": self.seconds,
            "fields": [
                {"field": each.field, "fate": each.fidelity.value, "reason": each.reason}
                for each in self.fields
            ],
            "obstacles": self.obstacles,
            "sampled": self.sampled,
            "trial_rejections": self.trial_rejections,
            "return_obstacle": self.return_obstacle,
        }


def make_plan(context: MigrationContext) -> Plan:
    """Look at the source, and try out the conversion of some documents.

    Raises:
        djelme.errors.DjelmeError: if the source doesn't answer, or the target.
    """
    plan = Plan(
        return_obstacle=context.conversion.copy_back_obstacle,
        source_version=_version(context.source.backend),
        target_version=_version(context.target.backend),
    )
    indexes = context.source.load()
    plan.indexes = [
        IndexPlan(index.name, index.documents, index.bytes, index.reader.layout.has_source)
        for index in indexes.values()
    ]
    plan.fields = [*_fields(context)]
    if context.conversion.is_default:
        plan.obstacles = [
            f"field {incompatible.field!r}: {incompatible.reason}"
            for incompatible in context.conversion.field_mapping.incompatible_fields
            if not incompatible.is_dropped
        ]
    for index in sorted(indexes.values(), key=lambda each: each.documents, reverse=True)[:1]:
        _try_out(context, index, plan)
    return plan


def _version(backend: Backend) -> str:
    """Return the version of a server; nothing if this user may not ask for it."""
    try:
        return backend.server_version(timeout=_VERSION_TIMEOUT)
    except BackendRefusedError:
        return ""


def _fields(context: MigrationContext) -> Iterable[FieldPlan]:
    """Return the worst that happens to each field in any index."""
    found: dict[str, FieldPlan] = {}
    specs: Mapping[str, FieldSpec] = context.migration.source.djelme.fields
    dropped = {
        incompatible.field: incompatible
        for incompatible in context.conversion.field_mapping.incompatible_fields
        if incompatible.is_dropped
    }
    for name in specs:
        found[name] = FieldPlan(name, Fidelity.EXACT)
        if context.conversion.is_default and name in dropped:
            found[name] = FieldPlan(name, Fidelity.LOST, dropped[name].reason)
    for index in context.source.indexes.values():
        if index.reader.layout.has_source or not index.documents:
            continue
        for origin in index.reader.layout.origins.values():
            planned = _planned(origin, specs.get(origin.field))
            known = found.get(origin.field)
            if known is None or _worse(planned.fidelity, known.fidelity):
                found[origin.field] = planned
    # An object is described by its parts.
    inner = {name.partition(".")[0] for name in found if "." in name}
    return [each for name, each in found.items() if name not in inner]


def _planned(origin: Origin, spec: FieldSpec | None) -> FieldPlan:
    if (
        origin.fidelity is Fidelity.LOST
        or (spec is not None and not spec.multi)
        or not origin.list_change
    ):
        return FieldPlan(origin.field, origin.fidelity, origin.reason)
    reason = f"{origin.reason}, {origin.list_change}" if origin.reason else origin.list_change
    return FieldPlan(origin.field, Fidelity.CHANGED, reason)


def _worse(one: Fidelity, other: Fidelity) -> bool:
    order = list(Fidelity)
    return order.index(one) > order.index(other)


def _try_out(context: MigrationContext, index: DatasetIndex, plan: Plan) -> None:
    query = context.source.within({"match_all": {}})
    size = min(_SAMPLE_DOCUMENTS, index.page_size)
    index.reader.sample(query, size)  # the first time, a cluster is slower
    began = time.monotonic()
    reads = index.reader.sample(query, size)
    for read in reads:
        try:
            context.conversion.operations(read.index, read.id, read.values, create=True)
        except ConversionError as error:
            plan.trial_rejections.append(str(error))
    plan.sampled = len(reads)
    elapsed = time.monotonic() - began
    if reads:
        plan.seconds = elapsed / len(reads) * plan.documents * _WRITING_FACTOR
