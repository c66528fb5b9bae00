"""How the cycles of a report stand: built, missing, or behind their events."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.report.cycle import Cycle, cycle_of, each_cycle
from elasticsearch_metrics.report.source import ReportSource, Snapshot
from elasticsearch_metrics.report.state import ReportStore, lock_id
from elasticsearch_metrics.state import describe_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from elasticsearch_metrics.report.declaration import ReportDefinition

__all__ = ("CycleJudge", "CycleState", "CycleStatus", "StatusBoard", "read_status")


_MILLISECOND = datetime.timedelta(milliseconds=1)


class CycleState(str, Enum):
    """How one cycle of a report stands."""

    FRESH = "fresh"  #: built from all events that there are
    STALE = "stale"  #: events came or went since, or the declaration was changed
    PARTIAL = "partial"  #: built before the cycle was over
    MISSING = "missing"  #: never built
    RUNNING = "running"  #: being built for the first time
    KEPT = "kept"  #: built, and its events are deleted since


@dataclass(frozen=True)
class CycleStatus:
    """How one cycle of a report stands.

    Attributes:
        cycle: the cycle.
        state: in a word.
        reason: why it is due; empty if it isn't.
        events: from how many it was built; None if it never was.
        events_now: how many there are now; None where there is no source.
        groups: how many reports there are.
        built: when, in UTC and ISO 8601.
        seconds: how long that took.
        by: by whom.
        runner: who builds it now: ``owner``, ``since`` and ``doing``; None for nobody.
        counted: how many events a running or ended build has counted so far.
        spent: how long it has taken for them, in seconds.
    """

    cycle: Cycle
    state: CycleState
    reason: str
    events: int | None = None
    events_now: int | None = None
    groups: int | None = None
    built: str | None = None
    seconds: float | None = None
    by: str | None = None
    runner: Mapping[str, Any] | None = None
    counted: int | None = None
    spent: float | None = None

    @property
    def is_due(self) -> bool:
        """Whether ``djelme_report build --due`` builds it."""
        return bool(self.reason)

    def as_row(self) -> dict[str, Any]:
        """Return it for machines."""
        names = ("reason", "events", "events_now", "groups", "built", "seconds", "by", "runner")
        row = {name: getattr(self, name) for name in names}
        return {
            "cycle": self.cycle.name,
            "state": self.state.value,
            "due": self.is_due,
            **row,
            "counted": self.counted,
        }


def read_status(
    recordtype: type[Any],
    from_when: object = None,
    until_when: object = None,
    *,
    using: str | None = None,
) -> list[CycleStatus]:
    """Return how the cycles of a report stand, oldest first.

    Without a range: all that were built, and all from the oldest record of the source until now.

    Args:
        recordtype: the report.
        from_when: first moment, in any form that `search_timeseries_range` takes.
        until_when: first moment after the range.
        using: name of a backend for the report, in place of its own.

    Raises:
        djelme.errors.BackendError: if a cluster can't be reached, refuses, or gives a part of an
            answer only.
    """
    board = StatusBoard(recordtype, using)
    if from_when is not None and until_when is not None:
        return board.read(list(each_cycle(from_when, until_when, board.definition.depth)))
    return board.read(board.cycles(), refresh=False)


class StatusBoard:
    """Tells which cycles a report has, and how some of them stand.

    Args:
        recordtype: the report.
        using: name of a backend for the report, in place of its own.
    """

    def __init__(self, recordtype: type[Any], using: str | None = None) -> None:
        self.definition: ReportDefinition = recordtype.report_definition
        self._store = ReportStore(recordtype, using)
        self._source = None if self.definition.source is None else ReportSource(self.definition)

    def cycles(self) -> list[Cycle]:
        """Return all that were built, and all from the oldest record of the source until now.

        Raises:
            djelme.errors.BackendError: if a cluster can't be reached, refuses, or gives a part of
                an answer only.
        """
        if self._source is not None:
            self._source.refresh()
        return _all_cycles(self.definition, self._source, self._store.cycle_names())

    def read(self, cycles: Sequence[Cycle], *, refresh: bool = True) -> list[CycleStatus]:
        """Return how some cycles stand, in their order; raises the same.

        Args:
            cycles: oldest first.
            refresh: whether to make what was stored a moment ago count, as `cycles` does.
        """
        if self._source is not None and refresh:
            self._source.refresh()
        states = self._store.read_cycles([cycle.name for cycle in cycles])
        snapshots = {} if self._source is None else self._source.snapshots(cycles)
        judge = CycleJudge(self.definition, self._source, _utcnow())
        found = []
        for cycle in cycles:
            state = states.get(cycle.name, {})
            lock = lock_id(cycle.name)
            runner = describe_lock(self._store, lock) if state.get("running") else None
            found.append(judge.status(cycle, state, snapshots.get(cycle.name), runner))
        return found


def _all_cycles(
    definition: ReportDefinition, source: ReportSource | None, built: Iterable[str]
) -> list[Cycle]:
    depth = definition.depth
    known = [cycle_of(name, depth) for name in built]
    now = _utcnow()
    if source is None:
        last = cycle_of(cycle_of(now, depth).start - _MILLISECOND, depth)
        return list(each_cycle(min([*known, last]).start, now, depth))
    oldest, _ = source.bounds()
    found = set(known)
    starts = [cycle.start for cycle in known]
    start = min([*starts, now if oldest is None else oldest])
    if start < now:
        found.update(each_cycle(start, now, depth))
    return sorted(found)


def _utcnow() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


class CycleJudge:
    """Tells how cycles stand."""

    def __init__(
        self, definition: ReportDefinition, source: ReportSource | None, now: datetime.datetime
    ) -> None:
        self._definition = definition
        self._source = source
        self._now = now

    def status(
        self,
        cycle: Cycle,
        state: Mapping[str, Any],
        snapshot: Snapshot | None,
        runner: Mapping[str, Any] | None,
    ) -> CycleStatus:
        """Return how a cycle stands.

        Args:
            cycle: the cycle.
            state: what is kept about it; empty for nothing.
            snapshot: of the source now; None where there is none.
            runner: who builds it; None for nobody.
        """
        complete = state.get("complete") or {}
        word, reason = self._judged(cycle, state, snapshot, runner)
        running = state.get("running") or {}
        return CycleStatus(
            cycle,
            word,
            reason if cycle.end <= self._now else "",
            complete.get("events"),
            None if snapshot is None else snapshot.events,
            complete.get("groups"),
            complete.get("built"),
            complete.get("seconds"),
            complete.get("by"),
            runner,
            running.get("counted"),
            running.get("seconds"),
        )

    def _judged(
        self,
        cycle: Cycle,
        state: Mapping[str, Any],
        snapshot: Snapshot | None,
        runner: Mapping[str, Any] | None,
    ) -> tuple[CycleState, str]:
        complete = state.get("complete")
        if complete is None:
            if runner is not None:
                return CycleState.RUNNING, "it isn't complete yet"
            reason = "a build was ended" if state.get("running") else "never built"
            return CycleState.MISSING, reason
        if self._is_gone(cycle, complete, snapshot):
            return CycleState.KEPT, ""
        if complete["partial"]:
            return CycleState.PARTIAL, "the cycle wasn't over when it was built"
        reason = self._stale_reason(complete, state, snapshot)
        return (CycleState.STALE if reason else CycleState.FRESH), reason

    def _is_gone(
        self, cycle: Cycle, complete: Mapping[str, Any], snapshot: Snapshot | None
    ) -> bool:
        if self._source is None or snapshot is None or snapshot.events >= complete["events"]:
            return False
        return self._source.is_gone(cycle, snapshot)

    def _stale_reason(
        self, complete: Mapping[str, Any], state: Mapping[str, Any], snapshot: Snapshot | None
    ) -> str:
        if state.get("swap"):
            return "a build was ended on its last steps"
        if complete["fingerprint"] != self._definition.fingerprint:
            return "the declaration was changed"
        before = complete.get("snapshot")
        if snapshot is None or before is None or before == vars(snapshot):
            return ""
        came = snapshot.events - before["events"]
        if came == 0:
            return "events came and went since"
        return f"{abs(came):,} events {'came' if came > 0 else 'went'} since"
