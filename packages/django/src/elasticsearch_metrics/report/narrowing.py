"""Queries for the events of groups that follow each other, so that others needn't be walked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.field import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("PLAIN_KINDS", "Narrowing")

#: The kinds of fields whose values a query names as they are in the key of a bucket.
PLAIN_KINDS = frozenset({Kind.KEYWORD, Kind.LONG, Kind.INTEGER, Kind.SHORT, Kind.BYTE})

#: The types of fields of which ranges are cheap; others that are grouped alike may know none.
_PLAIN_TYPES = frozenset({"keyword", "long", "integer", "short", "byte"})
#: Most characters of a bound. Version 6 makes an automaton of it, which is walked recursively: one
#: of 8,000 characters ends the node by a StackOverflowError.
_LONGEST = 200


class Narrowing:
    """Makes queries that leave out events of other groups; they may match some of those, too.

    Args:
        source: the record type of the events.
        group_by: its fields by which they are grouped.
    """

    def __init__(self, source: type[Any], group_by: Sequence[str]) -> None:
        self._names = [
            name if _is_plain(source, name) else None  # nothing is known of later parts, either
            for name in group_by
        ]

    def between(
        self, first: Mapping[str, Any], last: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """Return the query for groups from one key of a composite aggregation to another one.

        Returns:
            None if nothing can be left out.
        """
        filters = []
        for name, low, high in zip(self._names, first.values(), last.values(), strict=True):
            if name is None:
                break
            filters.append(_from_to(name, low, high))
            if low != high:
                break
        return {"bool": {"filter": filters}} if filters else None


def _is_plain(source: Any, name: str) -> bool:
    mapping = source.field_mappings()[name]
    return mapping["type"] in _PLAIN_TYPES and mapping.get("index", True) is not False


def _from_to(name: str, low: Any, high: Any) -> dict[str, Any]:
    """Return the query for a part of the key; None stands for no value, and comes first."""
    missing = {"bool": {"must_not": [{"exists": {"field": name}}]}}
    if high is None:
        return missing
    if low == high:
        return {"term": {name: low}}
    bounds = {} if low is None else {"gte": low[:_LONGEST] if isinstance(low, str) else low}
    if not isinstance(high, str) or len(high) <= _LONGEST:
        bounds["lte"] = high
    there = {"range": {name: bounds}} if bounds else {"exists": {"field": name}}
    return there if low is not None else {"bool": {"should": [missing, there]}}
