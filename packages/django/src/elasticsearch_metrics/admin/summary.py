"""What is to say of a record type without looking at its records: set-up, sizes, newest record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from djelme.errors import ConfigurationError, DjelmeError
from elasticsearch_metrics.admin.moment import ago, duration_text
from elasticsearch_metrics.health.report import check_recordtype
from elasticsearch_metrics.lifecycle.retention import report_indexes
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.statistics.query import RecordStatistics, Totals

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping

    from djelme.difference import Difference
    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.health.probe import Reach
    from elasticsearch_metrics.lifecycle.retention import IndexReport

__all__ = ("Setup", "TypeSummary", "backend_names", "summarize")


@dataclass(frozen=True)
class Setup:
    """Whether a record type is set up.

    Attributes:
        state: ``"good"``, ``"missing"``, ``"differs"`` or ``"unknown"``.
        words: the same for people.
        differences: between the class and its index template.
    """

    state: str
    words: str
    differences: tuple[Difference, ...] = ()

    @property
    def short(self) -> str:
        """The state in a few words."""
        return {
            "good": _("set up"),
            "missing": _("not set up"),
            "differs": _("outdated"),
        }.get(self.state, _("not known"))


@dataclass
class TypeSummary:
    """What is to say of a record type.

    Attributes:
        recordtype: the record type.
        backend: name of its backend; empty if it has none.
        reach: whether the backend answers.
        now: when this was asked.
        setup: whether it is set up.
        totals: number of its records, and their times; None if that can't be found out.
        indexes: its indexes, oldest first.
        problem: why something of this is missing, in words; empty if nothing is.
    """

    recordtype: type[RecordType]
    backend: str
    reach: Reach | None
    now: datetime.datetime
    setup: Setup
    totals: Totals | None = None
    indexes: list[IndexReport] = field(default_factory=list)
    problem: str = ""

    @property
    def label(self) -> str:
        """The record type's name for people and URLs."""
        return self.recordtype.djelme.label

    @property
    def name(self) -> str:
        """What its records are called."""
        return capfirst(self.recordtype.djelme.verbose_name_plural)

    @property
    def template_name(self) -> str:
        """Name of the index template."""
        return djelme_registry.placement(self.recordtype).naming.template_name

    @property
    def has_time(self) -> bool:
        """Whether its records have a time."""
        return self.recordtype.TIME_FIELD is not None

    @property
    def is_away(self) -> bool:
        """Whether it has a backend that doesn't answer."""
        return self.reach is not None and bool(self.reach.problem)

    @property
    def short_problem(self) -> str:
        """The problem in a few words if a list of backends tells all about it."""
        return _("its backend does not answer") if self.is_away else self.problem

    @property
    def bytes(self) -> int:
        """Size of all its indexes on disk, in bytes."""
        return sum(report.bytes for report in self.indexes)

    @property
    def shards(self) -> int:
        """Number of all its primary shards."""
        return sum(report.shards for report in self.indexes)

    @property
    def newest_ago(self) -> str:
        """How long ago the newest record was."""
        newest = self.totals.newest if self.totals else None
        return ago(newest, self.now) if newest else ""

    @property
    def expiration(self) -> str:
        """How long its records are kept, in words."""
        expiration = self.recordtype.djelme.options.expiration
        if expiration is None:
            return _("kept for ever")
        return _("kept for %(duration)s") % {"duration": duration_text(expiration.total_seconds())}

    @property
    def over(self) -> int:
        """Number of expired indexes."""
        return sum(report.is_expired for report in self.indexes)


def backend_names(recordtypes: Iterable[type[RecordType]]) -> list[str]:
    """Return the names of the backends of record types; those without one are left out."""
    names = []
    for recordtype in recordtypes:
        try:
            names.append(djelme_registry.backend_name_for(recordtype))
        except ConfigurationError:  # its summary says so
            continue
    return names


def summarize(
    recordtype: type[RecordType], reaches: Mapping[str, Reach], now: datetime.datetime
) -> TypeSummary:
    """Ask about a record type, by three small requests. What goes wrong is in the result.

    Args:
        recordtype: the record type.
        reaches: whether its backend answers; one that doesn't isn't asked.
        now: the present moment.
    """
    unknown = Setup("unknown", _("not known"))
    try:
        backend = djelme_registry.backend_name_for(recordtype)
    except ConfigurationError as error:
        return TypeSummary(recordtype, "", None, now, unknown, problem=str(error))
    reach = reaches[backend]
    summary = TypeSummary(recordtype, backend, reach, now, unknown, problem=reach.problem)
    if reach.problem:
        return summary
    try:
        summary.setup = _setup(recordtype)
        summary.indexes = report_indexes(recordtype, now, with_times=False)
        summary.totals = RecordStatistics(recordtype).totals()
    except DjelmeError as error:
        summary.problem = str(error)
    return summary


def _setup(recordtype: type[RecordType]) -> Setup:
    """Compare a record type with its index template.

    Raises:
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    found = check_recordtype(recordtype)
    if found.is_in_sync:
        return Setup("good", _("set up"))
    if found.state == "missing":
        return Setup("missing", _("not set up: there is no index template"))
    if found.state == "differs":
        words = _("outdated: the index template differs from the class")
        return Setup("differs", words, found.differences)
    return Setup("unknown", found.detail)
