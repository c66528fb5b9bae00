"""The cycles of a report whose figures can stand for those of the records that were counted.

They are complete, were built by the declaration of today, and are up to date with their records, or
these have expired since.
"""

from __future__ import annotations

import datetime
import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from djelme.timeparts import parse_timestamp
from elasticsearch_metrics.report.cycle import Cycle, cycle_of, each_cycle
from elasticsearch_metrics.report.source import ReportSource, Snapshot
from elasticsearch_metrics.report.state import ReportStore
from elasticsearch_metrics.report.status import CycleJudge, CycleState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from elasticsearch_metrics.report.declaration import ReportDefinition

__all__ = ("MAX_CYCLES", "BuiltCycle", "Coverage")

#: Most cycles that are looked at.
MAX_CYCLES = 1_000


@dataclass(frozen=True)
class BuiltCycle:
    """A cycle that was built when it was over.

    Attributes:
        cycle: the cycle.
        state: what is kept about it.
        is_kept: whether its records have expired, or are gone with all their indexes.
    """

    cycle: Cycle
    state: Mapping[str, Any]
    is_kept: bool = False

    @property
    def build(self) -> str:
        """Id of the build, which its reports carry."""
        build: str = self.state["complete"]["build"]
        return build

    @property
    def events(self) -> int:
        """How many records it was built from."""
        events: int = self.state["complete"]["events"]
        return events

    @property
    def groups(self) -> int:
        """How many reports there are."""
        groups: int = self.state["complete"]["groups"]
        return groups

    @property
    def built(self) -> datetime.datetime:
        """When it was built, in UTC."""
        return parse_timestamp(self.state["complete"]["built"])

    @property
    def newest(self) -> datetime.datetime | None:
        """Time of the newest record that was counted, in UTC; None for none."""
        newest = (self.state["complete"].get("snapshot") or {}).get("newest")
        return parse_timestamp(newest) if newest else None


class Coverage:
    """Tells which cycles of a report can stand for its source.

    Args:
        recordtype: a report that has a source.

    Raises:
        ReportError: if a backend can't take part.
        djelme.errors.ConfigurationError: if there is no backend.
    """

    def __init__(self, recordtype: type[Any]) -> None:
        self.recordtype = recordtype
        self.definition: ReportDefinition = recordtype.report_definition
        self._source = ReportSource(self.definition)

    @cached_property
    def _store(self) -> ReportStore:
        return ReportStore(self.recordtype)

    def built(
        self, start: datetime.datetime | None, end: datetime.datetime | None
    ) -> list[BuiltCycle]:
        """Return the cycles with a part in a range that may be used, as far as their state tells.

        That takes no search, but where nothing is known of the oldest cycle.

        Args:
            start: first moment of the range, in UTC; None for the beginning.
            end: first moment after it; None for no end.

        Returns:
            Oldest first; none if there are more than `MAX_CYCLES`.

        Raises:
            djelme.errors.DjelmeError: if it can't be found out.
        """
        if start is None or end is None:
            first, last = self._bounds()
            start, end = start or first, end or last
        names = self._names(start, end)
        states = self._store.read_cycles(list(names))
        return [
            BuiltCycle(names[name], state)
            for name, state in sorted(states.items())
            if self._is_complete(state)
        ]

    def looks_kept(
        self,
        built: BuiltCycle,
        start: datetime.datetime | None = None,
        end: datetime.datetime | None = None,
    ) -> bool:
        """Return whether records of a cycle are gone, as far as can be told without a search.

        Args:
            built: the cycle.
            start: first moment of a range of time that counts only, in UTC; None for no bound.
            end: first moment after it; likewise.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        cycle = built.cycle
        first, last = max(cycle.start, start or cycle.start), min(cycle.end, end or cycle.end)
        part = Cycle(first, last, cycle.name)
        return bool(built.events) and self._source.is_gone(part, Snapshot(0, None))

    def ask(self, cycles: Iterable[BuiltCycle]) -> dict[str, Any]:
        """Return an aggregation over all records of the source, which `usable` needs."""
        return self._source.ask_snapshots([found.cycle for found in cycles])

    def usable(self, cycles: Sequence[BuiltCycle], answer: Mapping[str, Any]) -> list[BuiltCycle]:
        """Return those of some cycles that can stand for their records.

        Args:
            cycles: that `built` gave.
            answer: what the server gave for `ask`; empty if the source has no index.

        Raises:
            djelme.errors.BackendError: if a cluster can't be reached or refuses.
        """
        snapshots = self._source.read_snapshots([found.cycle for found in cycles], answer)
        judge = CycleJudge(self.definition, self._source, _utcnow())
        usable = []
        for found in cycles:
            name = found.cycle.name
            state = judge.status(found.cycle, found.state, snapshots[name], None).state
            if state in {CycleState.FRESH, CycleState.KEPT}:
                is_kept = state is CycleState.KEPT
                usable.append(BuiltCycle(found.cycle, found.state, is_kept))
        return usable

    def _is_complete(self, state: Mapping[str, Any]) -> bool:
        """Return whether a cycle was built as a whole and by the declaration of today."""
        complete = state.get("complete")
        return complete is not None and bool(
            not complete["partial"]
            and complete["fingerprint"] == self.definition.fingerprint
            and not state.get("swap")
        )

    def _bounds(self) -> tuple[datetime.datetime, datetime.datetime]:
        """Return the first moment of the oldest cycle, and the end of the newest one."""
        names = self._store.complete_range()
        if names is None:
            now = _utcnow()
            return now, now
        oldest = names[0] or self._store.cycle_names()[0]
        depth = self.definition.depth
        return cycle_of(oldest, depth).start, cycle_of(names[1], depth).end

    def _names(self, start: datetime.datetime, end: datetime.datetime) -> dict[str, Cycle]:
        """Return the cycles that are over and have a part in a range, by name."""
        now = _utcnow()
        cycles = each_cycle(start, max(start, min(end, now)), self.definition.depth)
        found = {it.name: it for it in itertools.islice(cycles, MAX_CYCLES + 1) if it.end <= now}
        return found if len(found) <= MAX_CYCLES else {}


def _utcnow() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
