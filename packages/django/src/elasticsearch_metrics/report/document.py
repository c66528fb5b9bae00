"""The documents of one cycle of a report: stored by a build, compared and removed by the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.errors import BackendRefusedError
from djelme.operation import REQUEST_MAX_BYTES
from elasticsearch_metrics.backend.connection import IGNORE_MISSING
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report.cycle import cycle_forms
from elasticsearch_metrics.report.declaration import BUILD_FIELD, CYCLE_FIELD
from elasticsearch_metrics.report.errors import ReportError
from elasticsearch_metrics.report.retrying import POLICY, retried
from elasticsearch_metrics.state.search import count, scroll

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from djelme.operation import Operation
    from elasticsearch_metrics.backend.rest import RestBackend
    from elasticsearch_metrics.report.cycle import Cycle

__all__ = ("CycleDocuments",)

_FIRST_ERROR = 300
_PAGE = 1_000


class CycleDocuments:
    """The documents of one cycle.

    Args:
        recordtype: the report.
        cycle: the cycle.
        backend: the cluster that has it.
        using: name of a backend, in place of the report's own.
    """

    def __init__(
        self, recordtype: type[Any], cycle: Cycle, backend: RestBackend, using: str | None
    ) -> None:
        self._recordtype = recordtype
        self._cycle = cycle
        self._backend = backend
        self._using = using
        placement = djelme_registry.placement(recordtype, using)
        self._placement = placement.for_bulk()
        self._expressions = placement.cover(cycle.start, cycle.end)

    def store(self, build: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Store reports of a build; those that are there already are replaced.

        Returns:
            How many.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value.
            ReportError: if Elasticsearch refuses a report.
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        number = 0
        for operations in _batches(self._operation(build, row) for row in rows):
            retried(self._send, operations)
            number += len(operations)
        return number

    def _operation(self, build: str, row: Mapping[str, Any]) -> Operation:
        values = {**row, CYCLE_FIELD: self._cycle.name, BUILD_FIELD: build}
        recordtype = self._recordtype
        operation: Operation = recordtype.completed_operation(
            recordtype.completed(values), self._placement
        )
        return operation

    def _send(self, operations: list[Operation]) -> None:
        outcomes = self._backend.store_many(operations)
        for outcome in outcomes:
            if outcome.status < _FIRST_ERROR:
                continue
            reason = outcome.reason or ""
            if POLICY.is_temporary(outcome.status):
                raise BackendRefusedError(
                    backend=self._backend.name, status=outcome.status, reason=reason
                )
            msg = f"Elasticsearch refused a report on {self._cycle}: {reason}"
            raise ReportError(msg, report=self._recordtype.djelme.label)

    def refresh(self) -> None:
        """Make what was stored visible to searches."""
        retried(self._recordtype.refresh, self._using)

    def count(self, build: str | None) -> int:
        """Return how many documents a build has made, or none has."""
        return retried(self._count, _made_by(build))

    def count_others(self, build: str) -> int:
        """Return how many documents no build, or any but this one, has made."""
        return retried(self._count, {"bool": {"must_not": [_made_by(build)]}})

    def count_replaced(self, earlier: str | None, build: str) -> int:
        """Return how many reports of an earlier build have one of a later build in their place."""
        number = 0
        for hits in self._each_page(_made_by(earlier)):
            ids = [f"{_group_id(hit['_id'], earlier)}.{build}" for hit in hits]
            number += retried(self._count, {"ids": {"values": ids}})
        return number

    def remove_others(self, build: str) -> int:
        """Delete what no build, or any but this one, has made; return how many documents."""
        number = 0
        for hits in self._each_page({"bool": {"must_not": [_made_by(build)]}}):
            number += retried(self._backend.delete_documents, hits)
        if number:
            self.refresh()
        return number

    def _each_page(self, query: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
        body = {"query": self._of_cycle(query), "_source": False, "seq_no_primary_term": True}
        return scroll(
            self._backend, self._expressions, body, page_size=_PAGE, params=IGNORE_MISSING
        )

    def _count(self, query: Mapping[str, Any]) -> int:
        return count(self._backend, self._expressions, self._of_cycle(query), params=IGNORE_MISSING)

    def _of_cycle(self, query: Mapping[str, Any]) -> dict[str, Any]:
        of_cycle = {"terms": {CYCLE_FIELD: cycle_forms(self._cycle.name)}}
        return {"bool": {"filter": [of_cycle, query]}}


def _made_by(build: str | None) -> dict[str, Any]:
    if build is None:
        return {"bool": {"must_not": [{"exists": {"field": BUILD_FIELD}}]}}
    return {"term": {BUILD_FIELD: build}}


def _group_id(document_id: str, build: str | None) -> str:
    return document_id if build is None else document_id.removesuffix(f".{build}")


def _batches(operations: Iterable[Operation]) -> Iterator[list[Operation]]:
    batch: list[Operation] = []
    size = 0
    for operation in operations:
        length = len(operation.lines)
        if batch and (size + length > REQUEST_MAX_BYTES or len(batch) == _PAGE * 2):
            yield batch
            batch, size = [], 0
        batch.append(operation)
        size += length
    if batch:
        yield batch
