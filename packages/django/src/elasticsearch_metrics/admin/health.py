"""How records get to a backend, and how migrations stand, for the admin pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from djelme.errors import DjelmeError
from elasticsearch_metrics.admin.moment import duration_text
from elasticsearch_metrics.delivery.spool_status import spool_status
from elasticsearch_metrics.migration.context import MigrationContext
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.registry import migration_registry
from elasticsearch_metrics.migration.status import read_status
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.utils.functional import _StrPromise

    from djelme.delivery import DeliveryStats
    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.delivery.spool_status import SpoolStatus
    from elasticsearch_metrics.health.probe import Reach
    from elasticsearch_metrics.migration.declaration import Migration
    from elasticsearch_metrics.migration.status import MigrationStatus

__all__ = ("DeliveryHealth", "MigrationHealth", "delivery_health", "migrations_of", "progress_of")

_ALL = 100
#: Records wait a moment for others to be sent with them; longer than this is worth a word.
_SHORT_WAIT = 10.0
_MODES = {
    "direct": _("direct: a record is in Elasticsearch when record() returns"),
    "buffered": _("buffered: records wait in memory and are sent in batches"),
    "durable": _("durable: records are written to the spool and sent in batches"),
}
_PHASES = {
    Phase.NEW: _("not begun"),
    Phase.DUAL: _("dual writes: each write to the source also goes to the target"),
    Phase.CUTOVER: _("cut over: reads and writes go to the target, and are still copied"),
    Phase.FINISHED: _("finished"),
}


@dataclass(frozen=True)
class DeliveryHealth:
    """How records get to a backend.

    Attributes:
        stats: what has become of the records of this process.
        spool: what waits on this host, whichever process it is of.
        is_away: whether the backend doesn't answer now.
    """

    stats: DeliveryStats
    spool: SpoolStatus
    is_away: bool = False

    @property
    def mode_name(self) -> _StrPromise:
        """What the mode means."""
        return _MODES[self.spool.mode]

    @property
    def waiting(self) -> int:
        """Records that wait, in the spool of this host or in the memory of this process."""
        return max(self.spool.records, self.stats.spooled) + self.stats.queued

    @property
    def dead(self) -> int:
        """Records that were refused for good."""
        return max(self.spool.dead, self.stats.dead)

    @property
    def lag(self) -> str:
        """How long the oldest record has been waiting, in words; empty if none waits."""
        lag = max(self.spool.lag, self.stats.lag)
        return duration_text(lag) if lag else ""

    @property
    def state(self) -> str:
        """Return ``"good"``, ``"waiting"`` or ``"bad"``."""
        if self.dead or self.stats.dropped or self.spool.error or self.spool.problems:
            return "bad"
        if self.is_away:
            return "bad" if self.spool.mode == "direct" else "waiting"
        lag = max(self.spool.lag, self.stats.lag)
        return "waiting" if self.stats.trouble or lag > _SHORT_WAIT else "good"

    @property
    def words(self) -> str:
        """The state, and the reason where there is one."""
        troubles = [self.spool.error, *self.spool.problems, self.stats.trouble]
        reasons = "; ".join(filter(None, troubles))
        if self.dead or self.stats.dropped:
            state = gettext("records were refused for good or dropped")
        elif self.spool.error or self.spool.problems:
            state = gettext("the spool is in trouble")
        elif self.state == "bad":
            state = gettext("nothing can be recorded: the backend does not answer")
        else:
            waits = self.state == "waiting"
            state = gettext("records wait") if waits else gettext("nothing is wrong")
        return f"{state}: {reasons}" if reasons else state


def delivery_health(backend_name: str, *, is_away: bool = False) -> DeliveryHealth:
    """Return how records get to a backend. Asks no cluster.

    Args:
        backend_name: its name.
        is_away: whether it is known not to answer.

    Raises:
        djelme.errors.ConfigurationError: if there is no such backend, or it has wrong options.
    """
    backend = djelme_registry.get_backend(backend_name)
    return DeliveryHealth(backend.stats(), spool_status(backend), is_away)


@dataclass(frozen=True)
class MigrationHealth:
    """How a migration stands.

    Attributes:
        name: of the migration.
        source: label of the record type that records come from.
        target: label of the one that they go to.
        status: how it stands; None if that can't be found out.
        problem: why not.
    """

    name: str
    source: str
    target: str
    status: MigrationStatus | None = None
    problem: str = ""

    @property
    def is_copied(self) -> bool:
        """Whether backfill is through: what came later was written to both sides."""
        return self.status is not None and self.status.state.backfill is not None

    @property
    def percent(self) -> int:
        """How much of the source is copied, in percent, rounded down."""
        if self.is_copied:
            return _ALL
        if self.status is None or not self.status.source_documents:
            return 0
        return min(_ALL, _ALL * self.status.copied // self.status.source_documents)

    @property
    def phase_name(self) -> _StrPromise | str:
        """The phase in words."""
        return _PHASES[self.status.state.phase] if self.status else ""

    @property
    def verification(self) -> Mapping[str, Any] | None:
        """What the last comparison of both sides gave; None if there was none."""
        return self.status.state.verification if self.status else None


def migrations_of(recordtype: type[RecordType]) -> Iterator[type[Migration]]:
    """Yield the migrations that a record type takes part in, on either side."""
    yield from migration_registry.of_source(recordtype)
    yield from migration_registry.of_target(recordtype)


def progress_of(migration: type[Migration], reaches: Mapping[str, Reach]) -> MigrationHealth:
    """Return how a migration stands.

    Args:
        migration: the migration.
        reaches: whether the backends of both its sides answer.
    """
    source, target = migration.source, migration.target
    label = (migration.name, source.djelme.label, target.djelme.label)
    try:
        names = [djelme_registry.backend_name_for(side) for side in (source, target)]
        away = [reach.problem for name in names if (reach := reaches[name]).problem]
        if away:
            return MigrationHealth(*label, problem=away[0])
        return MigrationHealth(*label, status=read_status(MigrationContext(migration)))
    except DjelmeError as error:
        return MigrationHealth(*label, problem=str(error))
