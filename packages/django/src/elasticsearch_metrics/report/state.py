"""What is kept about reports, in the cluster that has them."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report.cycle import cycle_forms
from elasticsearch_metrics.report.declaration import CYCLE_FIELD
from elasticsearch_metrics.report.errors import (
    ReportError,
    ReportLockedError,
    ReportStateConflictError,
    ReportStateIndexError,
)
from elasticsearch_metrics.state import StateIndex, StateKind, StateStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from elasticsearch_metrics.state import Stored

__all__ = ("REPORT_STATE", "ReportStore", "lock_id")

REPORT_STATE = StateKind(
    subject="report",
    index_name="djelme_reports",
    repairing_command="djelme_report build",
    error=ReportError,
    locked_error=ReportLockedError,
    conflict_error=ReportStateConflictError,
    index_error=ReportStateIndexError,
)
#: How often a change is tried that others make at the same time.
_ATTEMPTS = 20
_REST = 0.05
#: The rest of the id of the document about what readers see.
_VISIBLE = ":visible"


def lock_id(cycle: str) -> str:
    """Return the rest of the id of the lock of one cycle."""
    return f":lock:{cycle}"


def _cycle_id(cycle: str) -> str:
    return f":cycle:{cycle}"


class ReportStore(StateStore):
    """The documents about one report.

    Args:
        recordtype: the report.
        using: name of a backend, in place of the report's own.

    Raises:
        ReportError: if its backend is of a kind that can't keep state.
        djelme.errors.ConfigurationError: if there is no backend.
    """

    def __init__(self, recordtype: type[Any], using: str | None = None) -> None:
        backend = recordtype.get_backend(using)
        label = recordtype.djelme.label
        if not isinstance(backend, RestBackend):
            msg = f"backend {backend.name!r} can't keep the state of reports"
            raise ReportError(msg, report=label)
        prefix = f"{djelme_registry.name_prefix}{backend.default_index_name_prefix}"
        index = f"{prefix}{REPORT_STATE.index_name}"
        super().__init__(StateIndex(backend, index, REPORT_STATE), label)

    # One document a cycle.

    def read_cycle(self, cycle: str) -> Stored | None:
        """Return what is kept about a cycle, None if it was never built."""
        return self.get(_cycle_id(cycle))

    def write_cycle(
        self, cycle: str, state: Mapping[str, Any], instead_of: Stored | None
    ) -> Stored:
        """Write what is kept about a cycle.

        Raises:
            ReportStateConflictError: if somebody else has changed it, who can't hold its lock.
        """
        return self.put(_cycle_id(cycle), "cycle", state, instead_of=instead_of)

    def cycle_names(self) -> list[str]:
        """Return the names of all cycles of which something is kept, oldest first."""
        return sorted(found.rpartition(":")[2] for found in self.find_ids("cycle"))

    def read_cycles(self, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return what is kept about some cycles, by name, as it is now and without a search."""
        begin = _cycle_id("")
        found = self.get_many([f"{begin}{name}" for name in names])
        return {rest.removeprefix(begin): state for rest, state in found.items()}

    # Which builds readers may see.

    def visible(self) -> Mapping[str, str | None]:
        """Return the cycles that are being changed, and which build readers see of each.

        All documents of other cycles are seen. None stands for those that no build has made.
        """
        cycles: Mapping[str, str | None] = self._read_visible()[1]["cycles"]
        return cycles

    def changing_query(self, name: str) -> dict[str, Any]:
        """Return a query for the documents of cycles that are being changed.

        The cluster itself looks them up when it begins with the search, as they are at that moment.
        Where there is no index for state yet, it refuses the search.

        Args:
            name: the query's, which the hits that match it are marked with.
        """
        features = self.backend.features
        of_type = {"type": features.document_type} if features.typed_paths else {}
        where = {"index": self.index, "id": f"{self.subject}{_VISIBLE}", "path": "state.changing"}
        return {"terms": {CYCLE_FIELD: {**where, **of_type}, "_name": name}}

    def newest_complete(self) -> str | None:
        """Return the name of the newest cycle that was built when it was over; None for none."""
        newest: str | None = self._read_visible()[1]["newest"]
        return newest

    def complete_range(self) -> tuple[str, str] | None:
        """Return the names of the oldest and the newest cycle that was built when it was over.

        Returns:
            None if there is none. The oldest one is empty if earlier ones were built before it was
            kept which that is.
        """
        state = self._read_visible()[1]
        newest = state["newest"]
        return (state.get("oldest") or "", newest) if newest else None

    def show(self, cycle: str, build: str | None) -> bool:
        """Let readers see one build of a cycle, and no other documents of it.

        Returns:
            Whether that is a change.
        """
        return self._change_visible("", lambda cycles: cycles.update({cycle: build}))

    def show_all(self, cycle: str, is_complete: bool) -> None:
        """Let readers see all documents of a cycle.

        Args:
            cycle: its name.
            is_complete: whether it was over when it was built.
        """
        self._change_visible(cycle if is_complete else "", lambda cycles: cycles.pop(cycle, None))

    def _read_visible(self) -> tuple[Stored | None, Mapping[str, Any]]:
        stored = self.get(_VISIBLE)
        nothing: dict[str, Any] = {"cycles": {}, "oldest": None, "newest": None}
        return stored, nothing if stored is None else stored.state

    def _change_visible(
        self, complete: str, change: Callable[[dict[str, str | None]], object]
    ) -> bool:
        for attempt in range(1, _ATTEMPTS + 1):
            stored, before = self._read_visible()
            cycles = dict(before["cycles"])
            change(cycles)
            newest = max(before["newest"] or "", complete) or None
            forms = [form for name in sorted(cycles) for form in cycle_forms(name)]
            after = {"cycles": cycles, "changing": forms, "newest": newest}
            if "oldest" in before:  # else earlier cycles than this one may have been built
                known = [name for name in (before["oldest"], complete) if name]
                after["oldest"] = min(known, default=None)
            if after == before:
                return False
            try:
                self.put(_VISIBLE, "visible", after, instead_of=stored)
            except ReportStateConflictError:
                if attempt == _ATTEMPTS:
                    raise
                time.sleep(_REST * attempt * random.random())  # noqa: S311 - no secret
            else:
                return True
        return False
