"""How records get to a backend, for the admin pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from elasticsearch_metrics.admin.moment import duration_text
from elasticsearch_metrics.delivery.spool_status import spool_status
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from djelme.delivery import DeliveryStats
    from elasticsearch_metrics.delivery.spool_status import SpoolStatus

__all__ = ("DeliveryHealth", "delivery_health")

#: Records wait a moment for others to be sent with them; longer than this is worth a word.
_SHORT_WAIT = 10.0
_MODES = {
    "direct": _("direct: a record is in Elasticsearch when record() returns"),
    "buffered": _("buffered: records wait in memory and are sent in batches"),
    "durable": _("durable: records are written to the spool and sent in batches"),
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
        return "waiting" if self.stats.last_error or lag > _SHORT_WAIT else "good"

    @property
    def words(self) -> str:
        """The state, and the reason where there is one."""
        problems = [self.spool.error, *self.spool.problems, self.stats.last_error]
        reasons = "; ".join(filter(None, problems))
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
