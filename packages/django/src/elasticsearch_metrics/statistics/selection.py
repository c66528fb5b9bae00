"""The records that figures are about, and how they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.errors import IncompleteAnswerError
from elasticsearch_metrics.index.time_bound import BEGINNING, FOREVER
from elasticsearch_metrics.recordtype.timeseries import TimestampedRecord

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from djelme.contracts import Aggregated
    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.index.placement import Placement

__all__ = ("Selection",)


@dataclass(frozen=True)
class Selection:
    """Records of a type in a range of time.

    Attributes:
        recordtype: the record type.
        placement: where they are.
        start: first moment, in UTC; None for the beginning.
        end: first moment after the range; None for no end.
        queries: what else holds for them, as Elasticsearch takes it.
        using: name of a backend, in place of the type's own.
        timeout: how long a search may take, in seconds; None for the client's own time.
    """

    recordtype: type[RecordType]
    placement: Placement
    start: datetime.datetime | None = None
    end: datetime.datetime | None = None
    queries: Sequence[Mapping[str, Any]] = ()
    using: str | None = None
    timeout: float | None = None

    @property
    def clauses(self) -> list[Mapping[str, Any]]:
        """All queries that hold for the records, that for the range of time among them."""
        clauses = list(self.queries)
        if self._has_range and issubclass(self.recordtype, TimestampedRecord):
            clauses.append(self.recordtype.time_query(*self._bounds))
        return clauses

    def aggregate(self, aggregations: Mapping[str, Any]) -> Aggregated:
        """Return what aggregations give for the records, by one search.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part
                of the answer only.
        """
        clauses = self.clauses
        query = {"bool": {"filter": clauses}} if self.queries else next(iter(clauses), None)
        return self.search(aggregations, query)

    def search(
        self, aggregations: Mapping[str, Any], query: Mapping[str, Any] | None
    ) -> Aggregated:
        """Return what aggregations give for records in the same indexes; raises the same.

        Args:
            aggregations: as Elasticsearch takes them.
            query: for the records, in place of the selection's own; None for all.
        """
        placement = self.placement
        expressions = placement.all_indexes()
        if self._has_range and issubclass(self.recordtype, TimestampedRecord):
            expressions = placement.cover(*self._bounds)
        seen = self.recordtype.visible_query(query, self.using)
        backend = placement.backend
        answer = backend.aggregate(expressions, aggregations, query=seen, timeout=self.timeout)
        if answer.problem:
            raise IncompleteAnswerError(
                backend=backend.name, indexes=expressions, reason=answer.problem
            )
        return answer

    @property
    def _has_range(self) -> bool:
        return self.start is not None or self.end is not None

    @property
    def _bounds(self) -> tuple[datetime.datetime, datetime.datetime]:
        return self.start or BEGINNING, self.end or FOREVER
