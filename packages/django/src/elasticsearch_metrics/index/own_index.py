"""Which of a cluster's indexes are those of a record type."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djelme.contracts import IndexStatus
    from djelme.naming import Period
    from elasticsearch_metrics.index.placement import Placement

__all__ = ("own_indexes", "own_periods")


def own_indexes(placement: Placement) -> list[IndexStatus]:
    """Return the existing indexes of a record type, oldest first.

    They are told by their names. An index of any other name counts if it has an alias with one of
    the type's: what Elasticsearch's own tools reindex or shrink is found by its old name that way.

    Raises:
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    own, others = [], []
    for status in placement.backend.list_indexes(placement.all_indexes()):
        period = placement.naming.parse(status.name)
        if period is None:
            others.append(status)
        else:
            own.append((period, status.for_period(period)))
    if others:
        aliases = placement.backend.list_aliases([status.name for status in others])
        for status in others:
            named = _last_period(placement, aliases.get(status.name, ()))
            if named is not None:
                period, alias = named
                own.append((period, status.for_period(period, alias=alias)))
    return [status for _, status in sorted(own, key=lambda pair: (pair[0].start, pair[1].name))]


def own_periods(placement: Placement) -> list[Period]:
    """Return the periods that a record type has indexes for, by one request that is no search.

    Raises:
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    found = placement.backend.list_aliases(placement.all_indexes()).items()
    periods = []
    for name, aliases in found:
        named = _last_period(placement, (name,)) or _last_period(placement, aliases)
        if named is not None:
            periods.append(named[0])
    return periods


def _last_period(placement: Placement, aliases: Iterable[str]) -> tuple[Period, str] | None:
    """Return the period that ends last of those that aliases stand for, and the alias."""
    periods = [(placement.naming.parse(alias), alias) for alias in aliases]
    own = [(period, alias) for period, alias in periods if period is not None]
    return max(own, key=lambda pair: pair[0].end, default=None)
