"""Reports about periods of time that come again and again."""

from __future__ import annotations

import datetime  # noqa: TC003 - the annotations are resolved
from collections.abc import Callable, Iterable  # noqa: TC003 - the same
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from djelme.errors import RecordTypeError
from djelme.timedepth import Timedepth
from djelme.timeparts import parse_when
from djelme.timeparts import serialize_timeparts as padded
from elasticsearch_metrics.declaration.field import mapped_field
from elasticsearch_metrics.declaration.mixin import record_mixin
from elasticsearch_metrics.recordtype.published_query import both_forms
from elasticsearch_metrics.recordtype.timeseries import OwnTimeRecord, utcnow
from elasticsearch_metrics.report.build import BuildResult, ReportBuild
from elasticsearch_metrics.report.declaration import BUILD_FIELD, ReportDefinition
from elasticsearch_metrics.report.reader import ReportReader
from elasticsearch_metrics.report.visibility import Visibility, visible_search_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from elasticsearch_metrics.report.build import BuildProgress

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
    #: What ``class Report`` says, where there is one.
    report_definition: ClassVar[ReportDefinition | None] = None
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
        body = getattr(cls, "Report", None)
        cls.report_definition = None if body is None else ReportDefinition.read(cls, body)
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
        depth = Timedepth.parse(cls.CYCLE_TIMEDEPTH)
        return _written_cycle(when, depth)[0] if isinstance(when, str) else _cycle_name(when, depth)

    @classmethod
    def completed(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return values with what is made for each record; see `BaseRecord.completed`.

        A build stores many reports on one cycle: what follows from it is worked out once, unless
        the class has its own ways.
        """
        given = values.get("cycle_coverage")
        is_own = (
            cls.clean is not CycleRecord.clean
            or cls.get_timeseries_timeparts is not CycleRecord.get_timeseries_timeparts
        )
        if is_own or cls._structured_fields or not isinstance(given, str):
            return super().completed(values)
        depth = Timedepth.parse(cls.CYCLE_TIMEDEPTH)
        try:
            cycle, start = _written_cycle(given, depth)
        except ValueError:
            return super().completed(values)  # says what is wrong
        made = {name: make() for name, make in cls.djelme.default_factories if name not in values}
        return {**values, **made, "cycle_coverage": cycle, cls.TIME_FIELD: start}

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

    # Reports that are built.

    @classmethod
    def build(
        cls,
        cycle: object,
        *,
        using: str | None = None,
        partial: bool = False,
        progress: Callable[[BuildProgress], object] | None = None,
    ) -> BuildResult:
        """Build the reports on one cycle by what ``class Report`` says.

        Readers see the earlier ones until the new ones are complete, and then only those. A build
        that was ended is gone on with.

        Args:
            cycle: a moment in it, in any form that `search_timeseries_range` takes.
            using: name of a backend for the reports, in place of the type's own.
            partial: whether the cycle may be one that isn't over; the reports are marked so.
            progress: called after each page, with what was counted so far.

        Raises:
            TypeError: if `cycle` is nothing that can be read.
            ValueError: if `cycle` is impossible.
            RecordTypeError: if the class has no ``class Report``.
            elasticsearch_metrics.report.ReportError: if the cycle isn't over, or if its events
                don't stop to come and go.
            elasticsearch_metrics.report.ReportLockedError: if another process builds it.
            djelme.errors.DjelmeSetupError: if the type isn't set up.
            djelme.errors.IncompleteAnswerError: if a shard of the source is missing.
            djelme.errors.BackendError: if a cluster can't be reached or refuses.
        """
        cls._require_report()
        build = ReportBuild(cls, cycle, using=using, partial=partial, progress=progress)
        return build.run()

    @classmethod
    def totals(
        cls,
        from_when: object,
        until_when: object,
        *,
        fill: bool = False,
        using: str | None = None,
        **group: Any,
    ) -> list[Self]:
        """Return the reports on one group over several cycles, oldest first, by one search.

        Args:
            from_when: first moment, in any form that `search_timeseries_range` takes.
            until_when: first moment after the range.
            fill: whether a cycle without a report is given as one with zeros, which isn't stored.
            using: name of a backend, in place of the type's own.
            **group: a value for each field of ``group_by``.

        Raises:
            TypeError: if a field of ``group_by`` is missing, or another one is given.
            ValueError: if a bound is impossible, or the range has more than 10,000 cycles.
            djelme.errors.RecordValidationError: for a wrong value.
        """
        cls._require_report()
        return ReportReader(cls, using).totals(from_when, until_when, group, fill=fill)

    @classmethod
    def last_cycles(cls, number: int = 1, *, using: str | None = None) -> Any:
        """Return a search over the newest cycle that is complete, and some before it.

        Args:
            number: how many cycles, by the calendar.
            using: name of a backend, in place of the type's own.

        Raises:
            ValueError: if the number isn't 1 or more.
        """
        cls._require_report()
        return ReportReader(cls, using).last_cycles(number)

    @classmethod
    def _require_report(cls) -> None:
        if cls.report_definition is None:
            msg = "it has no `class Report` that says what is counted"
            raise RecordTypeError(msg, recordtype=cls.__name__)

    @classmethod
    def unique_id(cls, values: Mapping[str, Any]) -> str | None:
        """Return the document id; builds keep theirs apart."""
        unique, build = super().unique_id(values), values.get(BUILD_FIELD)
        return unique if unique is None or build is None else f"{unique}.{build}"

    @classmethod
    def visible_query(cls, query: Any, using: str | None = None) -> Any:
        """Return a query for those documents that readers see."""
        if cls.report_definition is None:
            return query
        return Visibility(cls, using).restrict(query)

    @classmethod
    def search_class(cls, backend: Any, *, asynchronous: bool) -> Any:
        """Return the class of searches, which see complete builds only."""
        given = super().search_class(backend, asynchronous=asynchronous)
        if cls.report_definition is None:
            return given
        visibility = Visibility(cls, backend.name)
        return visible_search_class(given, visibility, asynchronous=asynchronous)

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
            cycle = values["cycle_coverage"] = cls.format_cycle(values["cycle_coverage"])
            if cls.TIME_FIELD not in values:
                values[cls.TIME_FIELD] = parse_when(cycle)
        except (KeyError, TypeError, ValueError):
            pass  # somebody else wrote it: reading loses nothing of it
        return values


def _cycle_name(when: object, depth: Timedepth) -> str:
    moment = parse_when(when, name="cycle_coverage")
    return padded((moment.year, moment.month, moment.day, moment.hour)[:depth])


@lru_cache(maxsize=256)
def _written_cycle(given: str, depth: Timedepth) -> tuple[str, datetime.datetime]:
    """Return the name of a cycle in its one form, and its first moment in UTC."""
    name = _cycle_name(given, depth)
    return name, parse_when(name)
