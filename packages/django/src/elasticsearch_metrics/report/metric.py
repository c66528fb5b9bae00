"""What is counted of the events of a group: the metrics of a report."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

__all__ = (
    "Count",
    "CountDistinct",
    "Cumulative",
    "FieldMetric",
    "Latest",
    "Max",
    "Metric",
    "Min",
    "Sum",
    "as_query",
)


def as_query(given: Any) -> dict[str, Any] | None:
    """Return a query, as the DSL or a dict has it, as Elasticsearch takes it; None for None.

    Raises:
        TypeError: if it is nothing of the kind.
    """
    if given is None:
        return None
    query = given.to_dict() if hasattr(given, "to_dict") else given
    if not isinstance(query, dict) or not query:
        msg = f"a query should be one of the DSL or a dict, not {given!r:.80}"
        raise TypeError(msg)
    return query


@dataclass(frozen=True)
class Metric:
    """A number, or another value, about the events of a group.

    Attributes:
        filter: only events that it matches are looked at; a query as the DSL or a dict has it.
    """

    _: KW_ONLY
    filter: Any = None

    @property
    def query(self) -> dict[str, Any] | None:
        """The filter as Elasticsearch takes it."""
        return as_query(self.filter)

    def aggregation(self) -> dict[str, Any] | None:
        """Return the aggregation within a group; None where the number of events is all."""
        return None


@dataclass(frozen=True)
class Count(Metric):
    """How many events there are."""


@dataclass(frozen=True)
class FieldMetric(Metric):
    """A metric of one field of the source.

    Attributes:
        field: its name.
    """

    field: str
    #: The aggregation of Elasticsearch that gives the metric.
    aggregation_name: ClassVar[str] = ""

    def aggregation(self) -> dict[str, Any] | None:
        """Return the aggregation within a group."""
        return {self.aggregation_name: {"field": self.field}}


@dataclass(frozen=True)
class CountDistinct(FieldMetric):
    """How many different values a field has: exact, never an estimate."""

    def aggregation(self) -> dict[str, Any] | None:
        """Return None: distinct values are counted in a search of their own."""
        return None


@dataclass(frozen=True)
class Sum(FieldMetric):
    """The sum of a field's values; 0 where there are none.

    Elasticsearch adds in floating point: sums of whole numbers are exact up to 2**53.
    """

    aggregation_name: ClassVar[str] = "sum"


@dataclass(frozen=True)
class Min(FieldMetric):
    """The least value of a field; None where there is none."""

    aggregation_name: ClassVar[str] = "min"


@dataclass(frozen=True)
class Max(FieldMetric):
    """The greatest value of a field; None where there is none."""

    aggregation_name: ClassVar[str] = "max"


@dataclass(frozen=True)
class Latest(FieldMetric):
    """The value of a field in the newest event that has one; None where there is none."""

    aggregation_name: ClassVar[str] = "top_hits"


@dataclass(frozen=True)
class Cumulative(Metric):
    """The running total of another metric, over this cycle and all earlier ones of the report.

    Attributes:
        metric: name of the other metric, a `Count` or a `Sum`.
    """

    metric: str
