"""Build a report on one cycle: alone, from complete answers, and never seen half-done.

It is long, as its steps are one sequence that a kill may end anywhere; read them in order.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import os
import socket
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from djelme.document_id import next_document_id
from djelme.timeparts import format_timestamp
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report.counting import GroupCounter, Page
from elasticsearch_metrics.report.cumulative import RunningTotals
from elasticsearch_metrics.report.cycle import cycle_of
from elasticsearch_metrics.report.document import CycleDocuments
from elasticsearch_metrics.report.errors import (
    ReportChangedError,
    ReportError,
    ReportStateConflictError,
)
from elasticsearch_metrics.report.prefetch import prefetched
from elasticsearch_metrics.report.retrying import retried
from elasticsearch_metrics.report.source import ReportSource, Snapshot
from elasticsearch_metrics.report.state import ReportStore, lock_id
from elasticsearch_metrics.report.visibility import Visibility
from elasticsearch_metrics.state import RunnerLock

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from elasticsearch_metrics.report.declaration import ReportDefinition

__all__ = ("BuildProgress", "BuildResult", "ReportBuild")

#: How often a cycle is counted whose events come or go meanwhile.
_ATTEMPTS = 3
#: For how long a search may be on its way after it looked which build to see, in seconds.
_GRACE = 0.5
_PAGE = 5_000


@dataclass(frozen=True)
class BuildResult:
    """What a build has done.

    Attributes:
        cycle: as ``cycle_coverage`` has it.
        events: how many records of the source it counted, or rows it was given.
        groups: how many reports there are now.
        created: of these, how many are about groups that had none.
        replaced: how many are in place of an earlier one.
        removed: how many earlier ones are about groups that are gone.
        partial: whether the cycle wasn't over.
    """

    cycle: str
    events: int
    groups: int
    created: int
    replaced: int
    removed: int
    partial: bool = False


@dataclass(frozen=True)
class BuildProgress:
    """How far a build is.

    Attributes:
        cycle: as ``cycle_coverage`` has it.
        events: how many records there are to count; None if it isn't known.
        counted: how many of them are counted.
        groups: how many reports are stored.
    """

    cycle: str
    events: int | None
    counted: int
    groups: int


class ReportBuild:
    """One build.

    Args:
        recordtype: the report.
        when: a moment in the cycle, in any form that `search_timeseries_range` takes.
        using: name of a backend for the report, in place of its own.
        partial: whether the cycle may be one that isn't over.
        progress: called after each page.

    Raises:
        TypeError: if `when` is nothing that can be read.
        ValueError: if `when` is impossible.
        ReportError: if a backend can't take part.
    """

    def __init__(
        self,
        recordtype: type[Any],
        when: object,
        *,
        using: str | None = None,
        partial: bool = False,
        progress: Callable[[BuildProgress], object] | None = None,
    ) -> None:
        definition: ReportDefinition = recordtype.report_definition
        self.definition = definition
        self.cycle = cycle_of(when, definition.depth)
        self._using = using
        self._may_be_partial = partial
        self._progress = progress
        self._recordtype = recordtype
        self._store = ReportStore(recordtype, using)
        self._source = None if definition.source is None else ReportSource(definition)
        backend = self._store.backend
        self._documents = CycleDocuments(recordtype, self.cycle, backend, using)
        self._totals = RunningTotals(
            definition,
            self.cycle,
            backend,
            djelme_registry.placement(recordtype, using).all_indexes(),
            Visibility(recordtype, using),
        )
        self._state: dict[str, Any] = {}
        self._lock: RunnerLock | None = None
        self._shown = 0.0

    def run(self) -> BuildResult:
        """Build it, and return what was done.

        Raises:
            ReportError: if the cycle isn't over, or its events don't stop to come and go.
            ReportLockedError: if another process builds it.
            djelme.errors.DjelmeSetupError: if the report isn't set up.
            djelme.errors.IncompleteAnswerError: if a shard is missing.
            djelme.errors.BackendError: if a cluster can't be reached or refuses.
        """
        now = _utcnow()
        is_partial = self.cycle.end > now
        if is_partial and not self._may_be_partial:
            msg = (
                f"cycle {self.cycle} isn't over until {self.cycle.end:%Y-%m-%d %H:%M} UTC; wait "
                f"for its end, or build what there is so far with: djelme_report build "
                f"{self.definition.label} --cycle {self.cycle} --partial"
            )
            raise ReportError(msg, report=self.definition.label)
        inexact = "" if self._source is None else self._source.why_inexact()
        if inexact:
            raise ReportError(inexact, report=self.definition.label)
        until = min(self.cycle.end, now)
        self._recordtype.check_djelme_setup(self._using)
        if not self._store.home.verify(repair=True):
            self._store.home.make()
        doing = f"build of {self.cycle}"
        lock = RunnerLock(self._store, doing, id=lock_id(self.cycle.name))
        with lock.held():
            self._lock = lock
            self._read_state()
            if self._state.get("swap"):
                self._finish_swap()  # an earlier build was ended on its last steps
            attempt = 0
            while True:
                attempt += 1
                try:
                    return self._build(until, is_partial=is_partial)
                except ReportChangedError:
                    if attempt == _ATTEMPTS:
                        raise
                    self._state["running"] = None  # from the beginning

    # The steps.

    def _build(self, until: datetime.datetime, *, is_partial: bool) -> BuildResult:
        began = time.monotonic()
        snapshot = self._look(until)
        self._require_events(snapshot)
        running = self._begin(snapshot, until)
        build, spent = running["build"], running["seconds"]
        with contextlib.closing(self._pages(until, running["position"])) as pages:
            for page in pages:
                running["seconds"] = round(spent + time.monotonic() - began, 3)
                self._take(page, running, None if snapshot is None else snapshot.events)
        self._documents.refresh()
        groups = self._documents.count(build)
        if snapshot is not None and not is_partial:
            self._require_unchanged(snapshot, until)
        if groups != running["groups"]:
            self._fail_counting(groups, running["groups"])
        seconds = spent + time.monotonic() - began
        return self._swap(running, snapshot, groups, seconds, is_partial=is_partial)

    def _take(self, page: Page, running: dict[str, Any], events: int | None) -> None:
        """Store the reports of a page, and note how far the build is."""
        retried(self._totals.add, page.rows)
        self._let_readers_look()
        self._require_lock()
        self._documents.store(running["build"], page.rows)
        running["position"] = page.position
        running["counted"] += page.events
        running["groups"] += len(page.rows)
        self._write_state()
        if self._progress is not None:
            counted, groups = running["counted"], running["groups"]
            self._progress(BuildProgress(self.cycle.name, events, counted, groups))

    def _look(self, until: datetime.datetime) -> Snapshot | None:
        """Prepare the source, and return what tells whether it changes; None without one."""
        if self._source is None:
            return None
        retried(self._source.prepare, self.cycle.start, until)
        return retried(self._source.snapshot, self.cycle.start, until)

    def _require_events(self, snapshot: Snapshot | None) -> None:
        """Refuse to lose figures together with the events that they were counted from."""
        complete = self._state.get("complete")
        if self._source is None or snapshot is None or complete is None:
            return
        if snapshot.events < complete["events"] and self._source.is_gone(self.cycle, snapshot):
            msg = (
                f"events of cycle {self.cycle} were deleted with their indexes or have expired "
                f"({complete['events']:,} were counted, {snapshot.events:,} are left), so the "
                f"report of {complete['built']} is kept"
            )
            raise ReportError(msg, report=self.definition.label)

    def _begin(self, snapshot: Snapshot | None, until: datetime.datetime) -> dict[str, Any]:
        """Return the state of the running build: that of one that was ended, if it still fits."""
        about = {
            "snapshot": None if snapshot is None else asdict(snapshot),
            "until": format_timestamp(until),
            "fingerprint": self.definition.fingerprint,
        }
        running: dict[str, Any] | None = self._state.get("running")
        fits = running is not None and all(running.get(key) == it for key, it in about.items())
        if running is None or not fits or snapshot is None:
            running = {
                **about,
                "build": next_document_id(),
                "began": format_timestamp(_utcnow()),
                "position": None,
                "counted": 0,
                "groups": 0,
                "seconds": 0.0,
            }
        self._state["running"] = running
        self._write_state()
        complete = self._state.get("complete")
        self._show(None if complete is None else complete["build"])
        return running

    def _show(self, build: str | None) -> None:
        """Let readers see one build."""
        if retried(self._store.show, self.cycle.name, build):
            self._shown = time.monotonic()

    def _let_readers_look(self) -> None:
        """Wait for those who have looked what they may see before that changed.

        They send their searches right after; what they may see has to stay as it was till then.
        """
        time.sleep(max(0.0, self._shown + _GRACE - time.monotonic()))

    def _pages(self, until: datetime.datetime, position: Any) -> Generator[Page, None, None]:
        if self._source is None:
            return self._given_pages()
        counter = GroupCounter(self.definition, self._source, self.cycle.start, until)
        return prefetched(counter.pages(position))

    def _given_pages(self) -> Generator[Page, None, None]:
        if self.definition.rows is None:
            return
        given: Iterable[Any] = self.definition.rows(self.cycle.name)
        rows = iter(given)
        while page := list(itertools.islice(rows, _PAGE)):
            yield Page([dict(row) for row in page], len(page), {})

    def _require_unchanged(self, snapshot: Snapshot, until: datetime.datetime) -> None:
        if self._source is None:
            return
        retried(self._source.refresh)
        now = retried(self._source.snapshot, self.cycle.start, until)
        if now != snapshot:
            msg = (
                f"events of cycle {self.cycle} came or went while they were counted "
                f"({snapshot.events:,}, then {now.events:,}); run the command again"
            )
            raise ReportChangedError(msg, report=self.definition.label)

    def _fail_counting(self, found: int, stored: int) -> None:
        if self._source is None:
            unique = ", ".join(self.definition.group_by) or "none"
            msg = (
                f"`rows` gave {stored:,} rows on cycle {self.cycle}, of which only {found:,} "
                f"differ in UNIQUE_TOGETHER_FIELDS (beside the cycle: {unique})"
            )
            raise ReportError(msg, report=self.definition.label)
        msg = f"of {stored:,} reports on cycle {self.cycle} {found:,} are found; run it again"
        raise ReportChangedError(msg, report=self.definition.label)

    # The end, which may be done again from any step on.

    def _swap(
        self,
        running: dict[str, Any],
        snapshot: Snapshot | None,
        groups: int,
        seconds: float,
        *,
        is_partial: bool,
    ) -> BuildResult:
        complete = self._state.get("complete")
        earlier = None if complete is None else complete["build"]
        before = self._documents.count(earlier)
        replaced = self._documents.count_replaced(earlier, running["build"])
        events = running["counted"] if snapshot is None else snapshot.events
        result = BuildResult(
            self.cycle.name,
            events,
            groups,
            groups - replaced,
            replaced,
            before - replaced,
            is_partial,
        )
        self._require_lock()
        self._state["swap"] = {
            "build": running["build"],
            "fingerprint": running["fingerprint"],
            "snapshot": running["snapshot"],
            "events": events,
            "groups": groups,
            "partial": is_partial,
            "built": format_timestamp(_utcnow()),
            "seconds": round(seconds, 3),
            "by": f"process {os.getpid()} on {socket.gethostname()}",
        }
        self._write_state()
        self._finish_swap()
        return result

    def _finish_swap(self) -> None:
        swap = self._state["swap"]
        self._show(swap["build"])
        self._state["complete"], self._state["running"] = swap, None
        self._write_state()
        self._documents.refresh()
        if self._documents.count_others(swap["build"]):
            self._let_readers_look()
            self._documents.remove_others(swap["build"])
        retried(self._store.show_all, self.cycle.name, not swap["partial"])
        self._state["swap"] = None
        self._write_state()

    # What is kept.

    def _require_lock(self) -> None:
        if self._lock is not None:
            self._lock.require()

    def _read_state(self) -> None:
        self._stored = self._store.read_cycle(self.cycle.name)
        self._state = {} if self._stored is None else dict(self._stored.state)

    def _write_state(self) -> None:
        retried(self._write_once)

    def _write_once(self) -> None:
        self._require_lock()
        name = self.cycle.name
        try:
            self._stored = self._store.write_cycle(name, self._state, self._stored)
        except ReportStateConflictError:
            # An attempt without an answer may have arrived.
            self._stored = self._store.read_cycle(name)
            if self._stored is None or self._stored.state != self._state:
                raise


def _utcnow() -> datetime.datetime:
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
