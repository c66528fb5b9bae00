"""Copy records back to the source that were written to the target alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.backend.connection import IGNORE_MISSING
from elasticsearch_metrics.index.setup_guard import setup_guard
from elasticsearch_metrics.migration.document.conversion import ConversionError
from elasticsearch_metrics.state.search import path_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from djelme.operation import Operation
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.document.reader import Read
    from elasticsearch_metrics.migration.pace import RetryBudget

__all__ = ("CopiedBack", "copy_back", "sequence_numbers")


@dataclass
class CopiedBack:
    """What was copied back.

    Attributes:
        copied: number of records.
        refused: ids of records that the source can't have, with the reasons.
    """

    copied: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def sequence_numbers(context: MigrationContext) -> list[dict[str, Any]]:
    """Return for each index of the target the number that all later writes exceed.

    Every write to a shard gets the next number; the least of an index's shards counts.
    """
    expressions = ",".join(context.target.placement.all_indexes())
    answer = context.target.backend.request(
        "GET",
        path_of(expressions, "_stats"),
        params={
            **IGNORE_MISSING,
            "level": "shards",
            "filter_path": "indices.*.shards.*.seq_no,indices.*.shards.*.routing.primary",
        },
    )
    found = []
    for index, stats in answer.get("indices", {}).items():
        numbers = [
            copy["seq_no"]["max_seq_no"]
            for copies in stats["shards"].values()
            for copy in copies
            if copy["routing"]["primary"]
        ]
        if numbers:
            # A list of pairs: names of indexes have dots, which would be read as paths.
            found.append({"index": index, "number": min(numbers)})
    return found


def copy_back(
    context: MigrationContext, sequence: Sequence[Mapping[str, Any]], retry: RetryBudget
) -> CopiedBack:
    """Copy to the source what was written to the target alone.

    Args:
        context: the migration.
        sequence: what `sequence_numbers` gave when the target began to be written to.
        retry: for clusters that are away.
    """
    result = CopiedBack()
    numbers = {entry["index"]: entry["number"] for entry in sequence}
    retry.attempt(context.target.load)
    for index in context.target.indexes.values():
        query: dict[str, Any] = {"match_all": {}}
        if index.name in numbers:
            query = {"range": {"_seq_no": {"gt": numbers[index.name]}}}
        for page in index.reader.pages(context.target.within(query), index.page_size):
            _copy_page(context, page, retry, result)
    context.source.refresh()
    return result


def _copy_page(
    context: MigrationContext, page: Sequence[Read], retry: RetryBudget, result: CopiedBack
) -> None:
    conversion = context.conversion
    operations: list[Operation] = []
    origins = []
    for read in page:
        if conversion.identity.is_own(read.id) and not conversion.identity.is_target_unique:
            continue  # It has come from the source.
        try:
            operation = conversion.reverted(read.index, read.id, read.values)
        except ConversionError as error:
            result.refused.append((read.id, str(error)))
            continue
        if operation is not None:
            operations.append(operation)
            origins.append(read.id)
    if not operations:
        return
    placement = context.source.placement
    for name in {operation.index for operation in operations}:
        setup_guard.require(placement, name)
    outcomes = retry.store(placement.backend, operations)
    for origin, outcome in zip(origins, outcomes, strict=True):
        if outcome.reason is None:
            result.copied += 1
        else:
            result.refused.append((origin, outcome.reason))
