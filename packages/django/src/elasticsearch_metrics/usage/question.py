"""What is asked about the usage of items, as one search that returns no record."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.timeparts import parse_range
from elasticsearch_metrics.declaration.field_type import FIELD_TYPES, Family, types_of
from elasticsearch_metrics.index.time_bound import BEGINNING, FOREVER, ask_bounds, read_bounds
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.statistics.field import StatisticsError, require_countable
from elasticsearch_metrics.statistics.query import EXACT_VALUES
from elasticsearch_metrics.statistics.reported import ReportedCount
from elasticsearch_metrics.statistics.selection import Selection
from elasticsearch_metrics.usage.figure import Usage
from elasticsearch_metrics.usage.setting import usage_settings_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.index.placement import Placement
    from elasticsearch_metrics.statistics.result import FigureSource

__all__ = ("MAX_ITEMS", "Question")

#: Most items of one search.
MAX_ITEMS = 1_000
#: Most actions of an item, and how many of them each shard tells of.
_ACTIONS, _SHARD_ACTIONS = 10, 1_000
_WHOLE = types_of(Family.WHOLE)
_WORDS = types_of(Family.KEYWORD)
_ROBOT = "is_robot"


@dataclass(frozen=True)
class Question:
    """What is asked about items.

    Attributes:
        recordtype: the type of the records that are counted.
        placement: where they are.
        field: name of the field that tells items.
        action: name of the field that tells actions; empty for none.
        unique: name of the field that tells sessions; empty for none.
        start: first moment, in UTC.
        end: first moment after the range, in UTC.
    """

    recordtype: type[RecordType]
    placement: Placement
    field: str
    action: str
    unique: str
    start: datetime.datetime
    end: datetime.datetime

    @classmethod
    def make(
        cls,
        recordtype: type[RecordType] | str,
        *,
        field: str | None,
        action: str | None,
        unique: str | None,
        from_when: object,
        until_when: object,
        using: str | None,
    ) -> Question:
        """Return a question whose names are those of the type's fields.

        Args:
            recordtype: the record type or its label.
            field: as in the attributes; None for what ``DJELME_USAGE`` says.
            action: likewise.
            unique: likewise.
            from_when: as `search_timeseries_range` takes it; None for the beginning.
            until_when: likewise; None for no end.
            using: name of a backend, in place of the type's own.

        Raises:
            LookupError: if there is no such record type.
            StatisticsError: if there is no such field, if it can't be counted, or if the type has
                no time and there is a range.
            TypeError: if a bound is nothing that can be read.
            ValueError: if a bound is impossible, or the range ends before it begins.
        """
        if isinstance(recordtype, str):
            recordtype = djelme_registry.get_recordtype(recordtype)
        said = usage_settings_of(recordtype)
        label = recordtype.djelme.label
        names = [
            default if given is None else given
            for given, default in ((field, said.item), (action, said.action), (unique, said.unique))
        ]
        if not names[0]:
            msg = (
                f"which field of {label} tells items? Give it as `field`, or as "
                f'DJELME_USAGE["{label}"]["item"]'
            )
            raise StatisticsError(msg)
        for name in names[:2]:
            kind = require_countable(recordtype, name) if name else "keyword"
            if kind not in _WHOLE | _WORDS:
                msg = f"{label}.{name} is {kind}: items and actions are keywords or whole numbers"
                raise StatisticsError(msg)
        if names[2]:
            require_countable(recordtype, names[2])
        start, end = parse_range(
            BEGINNING if from_when is None else from_when,
            FOREVER if until_when is None else until_when,
        )
        if recordtype.TIME_FIELD is None and (start, end) != (BEGINNING, FOREVER):
            msg = f"the records of {label} have no time"
            raise StatisticsError(msg)
        placement = djelme_registry.placement(recordtype, using)
        return cls(recordtype, placement, names[0], names[1], names[2], start, end)

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from other questions."""
        place = (self.placement.backend.name, self.placement.pattern, self.recordtype.djelme.label)
        bounds = (self.start.isoformat(), self.end.isoformat())
        return (*place, self.field, self.action, self.unique, *bounds)

    def value(self, item: object) -> str | int:
        """Return an item as the field has it.

        Raises:
            ValueError: if it can't be a value of the field.
        """
        kind = require_countable(self.recordtype, self.field)
        where = f"{self.recordtype.djelme.label}.{self.field}"
        if isinstance(item, (str, int, uuid.UUID)) and not isinstance(item, bool):
            if kind in _WORDS:
                return str(item)
            try:
                number = int(item)
            except ValueError:
                number = None
            bits = FIELD_TYPES[kind].bits
            if number is not None and -(2**bits) <= number < 2**bits:
                return number
        msg = f"{where} is {kind}, so {str(item)[:80]!r} ({type(item).__name__}) can't be one of it"
        raise ValueError(msg)

    def ask(self, values: Sequence[str | int]) -> list[Usage]:
        """Return the usage of some items, in their order, by one search.

        Where records seem to be gone, reports stand for them, at the cost of one search more.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part
                of the answer only.
        """
        filters = {str(place): {"term": {self.field: value}} for place, value in enumerate(values)}
        items: dict[str, Any] = {"filters": {"filters": filters}}
        if self._parts():
            items["aggs"] = self._parts()
        counted = ReportedCount(self._selection(values), only_kept=True).count({"items": items})
        buckets = counted.results.get("items", {}).get("buckets", {})
        return [self._usage(buckets.get(name, {}), counted.source) for name in filters]

    def _selection(self, values: Sequence[str | int]) -> Selection:
        """Return the records of some items."""
        queries: list[Mapping[str, Any]] = [{"terms": {self.field: list(values)}}]
        if _ROBOT in self.recordtype.djelme.fields:
            queries.append({"bool": {"must_not": [{"term": {_ROBOT: True}}]}})
        return Selection(
            self.recordtype,
            self.placement,
            None if self.start == BEGINNING else self.start,
            None if self.end == FOREVER else self.end,
            queries,
            self.placement.backend.name,
        )

    def _parts(self) -> dict[str, Any]:
        time_field: str | None = self.recordtype.TIME_FIELD
        parts = {} if time_field is None else {"oldest": ask_bounds(time_field)["oldest"]}
        if self.unique:
            of_sessions = {"field": self.unique, "precision_threshold": EXACT_VALUES}
            parts["unique"] = {"cardinality": of_sessions}
        if self.action:
            of_actions = {"field": self.action, "size": _ACTIONS, "shard_size": _SHARD_ACTIONS}
            parts["actions"] = {"terms": of_actions}
        return parts

    def _usage(self, bucket: Mapping[str, Any], source: FigureSource) -> Usage:
        actions = bucket.get("actions", {})
        has_unique = self.unique and (not source.report or "unique" in bucket)
        return Usage(
            total=bucket.get("doc_count", 0),
            unique=bucket.get("unique", {}).get("value", 0) if has_unique else None,
            by_action={
                str(found["key"]): found["doc_count"] for found in actions.get("buckets", ())
            },
            other_actions=actions.get("sum_other_doc_count", 0),
            since=read_bounds(bucket)[0],
            unique_is_approximate=bool(has_unique),
            source=source,
        )
