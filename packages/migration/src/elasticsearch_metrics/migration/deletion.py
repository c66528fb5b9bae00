"""Delete the source's indexes, each one only if the target is proven to have all that it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from elasticsearch_metrics.migration.errors import MigrationError
from elasticsearch_metrics.migration.verification.comparison import (
    Comparison,
    ComparisonResult,
    DifferenceKind,
)
from elasticsearch_metrics.state.search import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.document.dataset import DatasetIndex
    from elasticsearch_metrics.migration.verification.comparison import Difference

__all__ = ("Proof", "delete_source", "prove")

#: How many indexes a message is about.
_SHOWN = 5


@dataclass
class Proof:
    """What is known about the indexes of a source.

    Attributes:
        proven: for each index all of whose documents the target has, the number of its last write.
        documents: how many documents these have together.
        unmatched: how many of them `convert` makes nothing of.
        kept: for each other index, what it holds beside that.
    """

    proven: dict[str, int] = field(default_factory=dict)
    documents: int = 0
    unmatched: int = 0
    kept: dict[str, str] = field(default_factory=dict)


def prove(context: MigrationContext) -> Proof:
    """Compare all documents of the source with the target, one by one; changes nothing.

    The bounds of the migration don't matter here: what is outside of them is in the way.

    Raises:
        MigrationError: if nothing of the source could be deleted.
        djelme.errors.BackendError: if a cluster doesn't answer.
    """
    for side in (context.source, context.target):
        side.load()
    proof = Proof()
    for index in context.source.indexes.values():
        _prove_index(context, index, proof)
    if proof.kept and not proof.proven:
        kept = [f"in {name} {reason}" for name, reason in proof.kept.items()]
        more = f"; and so on in {len(kept) - _SHOWN} more" if len(kept) > _SHOWN else ""
        msg = (
            f"nothing was deleted: {'; '.join(kept[:_SHOWN])}{more}. What was written since the "
            f"end of dual writes can be copied after: djelme_migrate rollback {context.name}"
        )
        raise MigrationError(msg, migration=context.name)
    return proof


def delete_source(context: MigrationContext, proof: Proof) -> list[str]:
    """Delete the indexes that were proven, unless they were written to since.

    Returns:
        The names of the indexes that are gone; others were added to what is kept.
    """
    deleted = []
    for name, number in proof.proven.items():
        if _last_write(context, name) != number:
            proof.kept[name] = "it was written to while it was compared"
            continue
        context.source.backend.delete_indexes([name])
        deleted.append(name)
    return deleted


def _prove_index(context: MigrationContext, index: DatasetIndex, proof: Proof) -> None:
    undeclared = _undeclared(context, index)
    if undeclared:
        proof.kept[index.name] = undeclared
        return
    # Before the documents are read: what is written later has another number.
    number = _last_write(context, index.name)
    comparison = Comparison(context)
    found = ComparisonResult()
    for page in index.reader.pages({"match_all": {}}, index.page_size):
        compared = comparison.documents(page)
        if compared.matching < compared.expected:
            # Some become the same document of the target, which can have the values of one only.
            compared = ComparisonResult()
            for read in page:
                compared.add(comparison.documents([read]))
        found.add(compared)
    if found.differences:
        proof.kept[index.name] = _described(found.differences)
    else:
        proof.proven[index.name] = number
        proof.documents += found.compared
        proof.unmatched += found.unmatched


def _undeclared(context: MigrationContext, index: DatasetIndex) -> str:
    """Return what documents have beside the fields that were copied, empty if nothing."""
    recordtype = context.migration.source
    for path in index.reader.layout.origins:
        if path.split(".")[0] not in recordtype.djelme.fields:
            documents = index.reader.count({"exists": {"field": path}})
            if documents:
                return (
                    f"{documents} documents have a field {path!r}, which "
                    f"{recordtype.djelme.label} doesn't declare, so it was not copied"
                )
    return ""


def _described(differences: Sequence[Difference]) -> str:
    """Return what keeps an index from being deleted."""
    first = differences[0]
    document = "a document" if first.source is None else f"document {first.source[1]}"
    words = {
        DifferenceKind.MISSING: "isn't in the target",
        DifferenceKind.DIFFERENT: "has other values in the target",
        DifferenceKind.REFUSED: f"is refused by the target ({first.reason})",
    }
    others = len(differences) - 1
    more = f", and {others} more like it" if others else ""
    return f"{document} {words.get(first.kind, first.kind.value)}{more}"


def _last_write(context: MigrationContext, index: str) -> int:
    """Return a number that every write to an index makes greater."""
    answer = context.source.backend.request(
        "GET",
        path_of(index, "_stats"),
        params={
            "level": "shards",
            "filter_path": "indices.*.shards.*.seq_no,indices.*.shards.*.routing.primary",
        },
    )
    shards = answer["indices"][index]["shards"]
    return sum(
        copy["seq_no"]["max_seq_no"]
        for copies in shards.values()
        for copy in copies
        if copy["routing"]["primary"]
    )
