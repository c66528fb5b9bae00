"""Load many records: prepare each of them, lazily, and send them in bounded requests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from djelme.bulk import BulkFailure, BulkResult
from djelme.bulk_load import BulkLoad
from djelme.errors import RecordTypeError, RecordValidationError
from elasticsearch_metrics import signals
from elasticsearch_metrics.delivery.submission import send_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from djelme.operation import Operation
    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.index.placement import Placement

__all__ = ("load_records", "prepare_load")


def load_records(placement: Placement, records: Iterable[Any], **options: Any) -> BulkResult:
    """Check and store many records; see `BaseRecord.bulk_record`."""
    load, pairs = prepare_load(placement, records, **options)
    return load.send(pairs, partial(send_many, placement))


def prepare_load(
    placement: Placement,
    records: Iterable[Any],
    *,
    chunk_size: int,
    senders: int,
    raise_on_error: bool,
    progress: Callable[[BulkResult], object] | None,
) -> tuple[BulkLoad, Iterator[tuple[Any, Operation]]]:
    """Return a load, and each record with what is sent for it, lazily."""
    preparation = _Preparation(placement)
    load = BulkLoad(
        placement.recordtype.djelme.label,
        chunk_size=chunk_size,
        senders=senders,
        raise_on_error=raise_on_error,
        progress=progress,
        on_stored=preparation.announce,
        is_new=preparation.is_new,
        keep=preparation.keep,
    )
    return load, preparation.prepare(records, None if raise_on_error else load.result)


class _Preparation:
    """Makes operations of records, and tells instances and signals that they were stored."""

    def __init__(self, placement: Placement) -> None:
        recordtype = placement.recordtype
        self._recordtype = recordtype
        self._placement = placement.for_bulk()
        self._backend_name = placement.backend.name
        self._needs_instances = bool(recordtype.djelme.hooks) or any(
            signal.has_listeners(recordtype) for signal in (signals.pre_save, signals.post_save)
        )
        # With its operation, which has to live on for its id to stay its own.
        self._instances: dict[int, tuple[Operation, RecordType]] = {}
        #: Operations of instances that had ids before.
        self._known: set[int] = set()

    def prepare(
        self, records: Iterable[Any], failures: BulkResult | None
    ) -> Iterator[tuple[Any, Operation]]:
        """Yield each record as it was given, and what is sent for it.

        Wrong records raise, or go to `failures` if there is one.
        """
        placement, by_instance = self._placement, self._needs_instances
        completed = self._recordtype.completed
        completed_operation = self._recordtype.completed_operation
        for position, record in enumerate(records):
            try:
                # Nearly all are of the first type, and only that one is quick to find out.
                if isinstance(record, (dict, Mapping)) and not by_instance:
                    operation = completed_operation(completed(record), placement)
                else:
                    operation = self._prepare_instance(record, position)
            except RecordValidationError as error:
                if failures is None:
                    raise error.at(position) from error
                failures.failed.append(BulkFailure(record, str(error)))
            else:
                yield record, operation

    def _prepare_instance(self, record: Any, position: int) -> Operation:
        recordtype = self._recordtype
        if isinstance(record, recordtype):
            instance = record
        elif isinstance(record, Mapping):
            instance = recordtype.prepared(record)
        else:
            msg = (
                f"record {position} of the bulk should be a dict or an instance, not {record!r:.80}"
            )
            raise RecordTypeError(msg, recordtype=recordtype.__name__)
        signals.pre_save.send(
            sender=recordtype, instance=instance, using=self._backend_name, index=None
        )
        is_known = instance.has_id
        operation = instance.get_operation(self._placement)
        self._instances[id(operation)] = operation, instance
        if is_known:
            self._known.add(id(operation))
        return operation

    def is_new(self, operation: Operation) -> bool:
        """Return whether the id of an operation was made for it, and not before."""
        return operation.create and id(operation) not in self._known

    def keep(self, operation: Operation) -> RecordType:
        """Return an instance that stores the same as an operation under the same id."""
        known = self._instances.get(id(operation))
        if known is not None:
            return known[1]
        return self._recordtype.from_sent(operation)

    def announce(self, operations: Sequence[Operation]) -> None:
        """Tell the instances of operations, if there are any, and receivers: they are stored."""
        for operation in operations if self._instances else ():
            known = self._instances.pop(id(operation), None)
            if known is None:
                continue
            self._known.discard(id(operation))
            instance = known[1]
            instance.mark_stored(operation)
            signals.post_save.send(
                sender=self._recordtype,
                instance=instance,
                using=self._backend_name,
                index=operation.index,
            )
