"""The cycles of a report on a page of the admin, and builds that somebody asks for there."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db import connections
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from djelme.errors import DjelmeError
from djelme.log_field import log_fields
from djelme.quantity import duration
from djelme.redaction import describe_error
from djelme.timeparts import parse_timestamp
from elasticsearch_metrics.admin.moment import minute_text
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.report import CycleState, StatusBoard
from elasticsearch_metrics.report.cycle import cycle_of

if TYPE_CHECKING:
    from django.core.paginator import Page

    from elasticsearch_metrics.report import CycleStatus
    from elasticsearch_metrics.report.cycle import Cycle

__all__ = ("CycleRow", "find_cycle", "read_cycles", "start_build")

logger = logging.getLogger(__name__)

_ROWS_A_PAGE = 50
#: What people call the states, and which sign they get.
_STATES = {
    CycleState.FRESH: (gettext_lazy("up to date"), "good"),
    CycleState.STALE: (gettext_lazy("behind its records"), "differs"),
    CycleState.PARTIAL: (gettext_lazy("a part of the cycle"), "waiting"),
    CycleState.MISSING: (gettext_lazy("missing"), "missing"),
    CycleState.RUNNING: (gettext_lazy("being built"), "waiting"),
    CycleState.KEPT: (gettext_lazy("kept; its records are deleted"), "good"),
}


@dataclass(frozen=True)
class CycleRow:
    """One cycle, as the page shows it.

    Attributes:
        status: how it stands.
        words: the state, for people.
        sign: the state's sign, as ``_state.html`` knows it.
        built: when it was built, in UTC; empty if it never was.
        took: how long that took; empty if it never was.
        progress: how far a running build is, in words; empty if none runs.
        can_build: whether a build may be asked for: its time is over, and nobody builds it.
    """

    status: CycleStatus
    words: str
    sign: str
    built: str
    took: str
    progress: str
    can_build: bool

    @classmethod
    def of(cls, status: CycleStatus) -> CycleRow:
        """Return the row for a cycle."""
        words, sign = _STATES[status.state]
        is_over = status.cycle.end <= utcnow()
        return cls(
            status,
            str(words),
            sign,
            minute_text(parse_timestamp(status.built)) if status.built else "",
            duration(status.seconds) if status.seconds is not None else "",
            _progress(status),
            is_over and status.runner is None and status.state is not CycleState.KEPT,
        )


def read_cycles(recordtype: type[Any], page: str) -> Page[CycleRow]:
    """Return the cycles of a report, newest first, a page of them.

    Raises:
        djelme.errors.BackendError: if a cluster can't be reached, refuses, or gives a part of an
            answer only.
    """
    board = StatusBoard(recordtype)
    page_of_cycles: Page[Any] = Paginator(board.cycles()[::-1], _ROWS_A_PAGE).get_page(page)
    shown = list(page_of_cycles)[::-1]
    statuses = board.read(shown, refresh=False)
    page_of_cycles.object_list = [CycleRow.of(status) for status in reversed(statuses)]
    return page_of_cycles


def find_cycle(recordtype: type[Any], name: str) -> Cycle | None:
    """Return a cycle of a report by its name; None if there is none of that name."""
    try:
        cycle = cycle_of(name, recordtype.report_definition.depth)
    except (TypeError, ValueError):
        return None
    return cycle if cycle.name == name else None


def start_build(recordtype: type[Any], cycle: Cycle) -> None:
    """Build a cycle in a thread of this process, which nobody waits for.

    A build is alone by its lock, and one that is ended with its process is gone on with by the next
    one; so a thread is enough, and a site needs no queue for it.
    """
    threading.Thread(
        target=_build, args=(recordtype, cycle), name="djelme-report", daemon=True
    ).start()


def _build(recordtype: type[Any], cycle: Cycle) -> None:
    label = recordtype.djelme.label
    try:
        result = recordtype.build(cycle.start)
    except DjelmeError as error:
        _complain(label, cycle, str(error))
    except Exception as error:  # noqa: BLE001 - of `rows`, say: nobody else would report it
        _complain(label, cycle, describe_error(error))
    else:
        logger.info(
            "built %s on %s from %d records: %d reports",
            label,
            cycle,
            result.events,
            result.groups,
            extra=log_fields(recordtype=label, records=result.events),
        )
    finally:
        connections.close_all()  # those of this thread, which `rows` may have opened


def _complain(label: str, cycle: Cycle, reason: str) -> None:
    logger.error(
        "the build of %s on %s, asked for in the admin, failed: %s",
        label,
        cycle,
        reason,
        extra=log_fields(recordtype=label, reason=reason),
    )


def _progress(status: CycleStatus) -> str:
    if status.runner is None:
        return ""
    counted = status.counted or 0
    if not status.events_now:
        return _("%(counted)s counted") % {"counted": f"{counted:,}"}
    progress = _("%(counted)s of %(events)s counted (%(share)s)") % {
        "counted": f"{counted:,}",
        "events": f"{status.events_now:,}",
        "share": f"{min(counted / status.events_now, 1.0):.0%}",
    }
    if not counted or not status.spent:
        return progress
    rate = counted / status.spent
    return _("%(progress)s, %(rate)s a second, %(left)s left") % {
        "progress": progress,
        "rate": f"{rate:,.0f}",
        "left": duration(max(status.events_now - counted, 0) / rate),
    }
