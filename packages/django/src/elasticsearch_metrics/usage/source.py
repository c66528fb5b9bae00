"""Where the usage of items comes from: reports of it where there are any, else its records."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from elasticsearch_metrics.usage.figure import Usage
    from elasticsearch_metrics.usage.question import Question

    Source = Callable[[Question, Sequence[str | int]], list[Usage] | None]

__all__ = ("report_sources", "usage_from_source")

#: By record type: a function that gives the usage of items, in their order, from reports of the
#: type; None from it means that the reports don't cover what is asked.
report_sources: dict[type[Any], Source] = {}


def usage_from_source(question: Question, values: Sequence[str | int]) -> list[Usage]:
    """Return the usage of some items, in their order.

    Raises:
        djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part of the
            answer only.
    """
    source = report_sources.get(question.recordtype)
    reported = source(question, values) if source is not None else None
    return question.ask(values) if reported is None else reported
