"""Load many records: lazily, in requests that are bounded by count and by bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from djelme.bulk import BulkFailure, BulkResult, Operation
from djelme.errors import BulkError, RecordTypeError, RecordValidationError
from elasticsearch_metrics import signals
from elasticsearch_metrics.setup import setup_guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from elasticsearch_metrics.placement import Placement

__all__ = ("REQUEST_MAX_BYTES", "load_records")

#: Most bytes in one request. Elasticsearch takes 100 MiB by default, and is fastest far below it.
REQUEST_MAX_BYTES = 8 * 1024 * 1024


def load_records(
    placement: Placement,
    records: Iterable[Any],
    *,
    using: str | None,
    chunk_size: int,
    raise_on_error: bool,
    progress: Callable[[BulkResult], object] | None,
) -> BulkResult:
    """Check and store many records; see `BaseRecord.bulk_record`."""
    if not isinstance(chunk_size, int) or chunk_size < 1:
        msg = f"chunk_size should be a positive int, not {chunk_size!r}"
        raise ValueError(msg)
    result = BulkResult()
    prepared = _prepared(placement, records, using, None if raise_on_error else result)
    for chunk in _chunks(prepared, chunk_size):
        _send(placement, chunk, result)
        if progress is not None:
            progress(result)
        if raise_on_error and result.failed:
            raise BulkError(recordtype=placement.recordtype.djelme.label, result=result)
    return result


def _prepared(
    placement: Placement,
    records: Iterable[Any],
    using: str | None,
    failures: BulkResult | None,
) -> Iterator[tuple[Any, Any, Operation]]:
    """Yield each record as given, as instance where there has to be one, and what is sent for it.

    Wrong records raise, or go to `failures` if there is one.
    """
    recordtype, backend = placement.recordtype, placement.backend
    listened = signals.pre_save.has_listeners(recordtype) or signals.post_save.has_listeners(
        recordtype
    )
    for position, record in enumerate(records):
        try:
            if isinstance(record, recordtype):
                instance = record
            elif not isinstance(record, Mapping):
                msg = f"record {position} of the bulk should be a dict or an instance, not {record!r:.80}"
                raise RecordTypeError(msg, recordtype=recordtype.__name__)
            elif listened:
                values = recordtype.djelme.validator.clean(recordtype.completed(record))
                instance = recordtype.from_values(values)
            else:
                yield record, None, recordtype.operation_for(record, using)
                continue
            signals.pre_save.send(
                sender=recordtype, instance=instance, using=backend.name, index=None
            )
            yield record, instance, instance.get_operation(using)
        except RecordValidationError as error:
            if failures is None:
                raise error.at(position) from error
            failures.failed.append(BulkFailure(record, str(error)))


def _chunks(
    prepared: Iterable[tuple[Any, Any, Operation]], chunk_size: int
) -> Iterator[list[tuple[Any, Any, Operation]]]:
    chunk: list[tuple[Any, Any, Operation]] = []
    size = 0
    for item in prepared:
        item_size = len(item[2].source)
        if chunk and (len(chunk) == chunk_size or size + item_size > REQUEST_MAX_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += item_size
    if chunk:
        yield chunk


def _send(
    placement: Placement, chunk: list[tuple[Any, Any, Operation]], result: BulkResult
) -> None:
    recordtype, backend = placement.recordtype, placement.backend
    for index in {operation.index for _, _, operation in chunk}:
        setup_guard.require(placement, index)
    outcomes = backend.store_many([operation for _, _, operation in chunk])
    for (record, instance, operation), outcome in zip(chunk, outcomes, strict=True):
        if outcome.reason is not None:
            result.failed.append(BulkFailure(record, outcome.reason, outcome.status))
            continue
        if outcome.created:
            result.created += 1
        else:
            result.existing += 1
        if instance is not None:
            instance.mark_stored(operation)
            signals.post_save.send(
                sender=recordtype, instance=instance, using=backend.name, index=operation.index
            )
