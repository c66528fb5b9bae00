"""Reports about periods of time that come again and again."""

from __future__ import annotations

import datetime  # noqa: TC003 - the annotations are resolved
from collections.abc import Callable, Iterable  # noqa: TC003 - the same
from typing import Any, ClassVar

from djelme.errors import RecordTypeError
from djelme.timedepth import Timedepth
from djelme.timeparts import parse_when
from djelme.timeparts import serialize_timeparts as padded
from elasticsearch_metrics.declaration.field import mapped_field
from elasticsearch_metrics.declaration.mixin import record_mixin
from elasticsearch_metrics.recordtype.published_query import both_forms
from elasticsearch_metrics.recordtype.timeseries import OwnTimeRecord, utcnow

__all__ = ("CycleRecord",)


@record_mixin
class CycleRecord(OwnTimeRecord):
    """A report on one cycle: a year, a month, a day or an hour.

    There is one document a cycle (and whatever else is in ``UNIQUE_TOGETHER_FIELDS``): a report
    that is made again replaces the earlier one.

    Attributes:
        CYCLE_TIMEDEPTH: length of the cycles: 1 a year, 2 a month, 3 a day, 4 an hour. Not to be
            confused with ``Meta.timedepth``, the length of the periods that have an index.
        cycle_coverage: the cycle, as in "2026.11" or "2026.11.23"; in UTC. Given in any form that
            `search_timeseries_range` takes, and cut to the length of the cycles.
        created: when the report was made; now unless given.
        timeseries_start: the first moment of the cycle, in UTC; filled when the report is stored.
    """

    CYCLE_TIMEDEPTH: ClassVar[int]
    UNIQUE_TOGETHER_FIELDS: ClassVar[Iterable[str]] = ("cycle_coverage",)

    cycle_coverage: str
    created: datetime.datetime = mapped_field(default_factory=utcnow)
    timeseries_start: datetime.datetime | None = mapped_field(init=False)

    @classmethod
    def check_declaration(cls) -> None:
        """Check that cycles have a length, and that there is one document of each.

        Raises:
            RecordTypeError: if the declaration can't work.
        """
        super().check_declaration()
        try:
            Timedepth.parse(getattr(cls, "CYCLE_TIMEDEPTH", None))
        except (TypeError, ValueError) as error:
            msg = f"a cyclic report has to define CYCLE_TIMEDEPTH: {error}"
            raise RecordTypeError(msg, recordtype=cls.__name__) from error
        if "cycle_coverage" not in cls.UNIQUE_TOGETHER_FIELDS:
            msg = (
                'UNIQUE_TOGETHER_FIELDS has to name "cycle_coverage": reports on different cycles '
                "would replace each other"
            )
            raise RecordTypeError(msg, recordtype=cls.__name__)

    @classmethod
    def format_cycle(cls, when: object) -> str:
        """Return the cycle that a moment is in, as ``cycle_coverage`` has it.

        Args:
            when: a tuple, a date, a datetime or a str; in UTC unless it says otherwise.

        Raises:
            TypeError: if it is nothing of the kind.
            ValueError: if it is empty or impossible.
        """
        moment = parse_when(when, name="cycle_coverage")
        parts = (moment.year, moment.month, moment.day, moment.hour)
        return padded(parts[: Timedepth.parse(cls.CYCLE_TIMEDEPTH)])

    def clean(self) -> None:
        """Write ``cycle_coverage`` in its one form, and fill ``timeseries_start``."""
        given = self.get_values().get("cycle_coverage")
        try:
            self.cycle_coverage = self.format_cycle(given)
        except (TypeError, ValueError):
            self.djelme.validator.fields["cycle_coverage"].fail(
                given, 'a period of time, such as "2026.11" or "2026.11.23"'
            )
        super().clean()

    def get_timeseries_timeparts(self) -> tuple[int, ...]:
        """Return the parts of the covered cycle."""
        return tuple(int(part) for part in self.cycle_coverage.split("."))

    @classmethod
    def field_queries(cls) -> dict[str, Callable[[str, Any], dict[str, Any] | None]]:
        """Return what searches ask in place of queries on fields that used to be otherwise."""
        return {**super().field_queries(), "cycle_coverage": cls._cycle_query}

    @classmethod
    def _cycle_query(cls, kind: str, asked: Any) -> dict[str, Any] | None:
        return both_forms("cycle_coverage", kind, asked, cls.TIME_FIELD)

    @classmethod
    def restored(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return stored values with ``cycle_coverage`` in the form of today, and its start."""
        values = super().restored(values)
        try:
            values["cycle_coverage"] = cls.format_cycle(values["cycle_coverage"])
            values.setdefault(cls.TIME_FIELD, parse_when(values["cycle_coverage"]))
        except (KeyError, TypeError, ValueError):
            pass  # somebody else wrote it: reading loses nothing of it
        return values
