"""How far the copying of each index is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme import process
from djelme.timeparts import format_timestamp, parse_timestamp
from elasticsearch_metrics.migration.time_slice import merge, subtract

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.state.store import StateStore
    from elasticsearch_metrics.migration.time_slice import Interval, TimeSlice
    from elasticsearch_metrics.state.store import Stored

__all__ = ("Checkpoint", "delete_checkpoints", "read_checkpoints")

_KIND = "checkpoint"


def read_checkpoints(store: StateStore) -> dict[str, Checkpoint]:
    """Return all checkpoints of a migration, by name of the index."""
    return {
        found.state["index"]: Checkpoint(store, found.state["index"], found)
        for found in store.find(_KIND)
    }


def delete_checkpoints(store: StateStore) -> None:
    """Forget how far all indexes are."""
    for found in store.find(_KIND):
        store.delete(found)


class Checkpoint:
    """How far one index is. Thread-safe.

    Args:
        store: where it is kept.
        index: name of the source's index.
        stored: what is kept already.

    Attributes:
        done: the ranges of time that were copied.
        untimed_done: whether the documents without a time were copied.
        is_complete: whether everything was copied.
        copied: documents of the source that were copied, or were found copied.
    """

    def __init__(self, store: StateStore, index: str, stored: Stored | None = None) -> None:
        self._store = store
        self.index = index
        self._stored = stored
        self._lock = process.Lock()
        self._is_uncertain = False
        state: Any = {} if stored is None else stored.state
        self.done: list[Interval] = [
            (parse_timestamp(start), parse_timestamp(end)) for start, end in state.get("done", ())
        ]
        self.untimed_done: bool = state.get("untimed_done", False)
        self.is_complete: bool = state.get("is_complete", False)
        self.copied: int = state.get("copied", 0)

    def left(self, whole: Interval) -> list[Interval]:
        """Return what is still to be copied of a range of time."""
        with self._lock.held:
            return subtract(whole, self.done)

    def add(self, part: TimeSlice, copied: int) -> None:
        """Count a part that was copied; to be saved."""
        with self._lock.held:
            if part.interval is None:
                self.untimed_done = True
            else:
                self.done = merge([*self.done, part.interval])
            self.copied += copied

    def complete(self, whole: Interval | None) -> None:
        """Count everything as copied; to be saved."""
        with self._lock.held:
            if whole is not None:
                self.done = merge([*self.done, whole])
            self.untimed_done = self.is_complete = True

    def save(self) -> None:
        """Write it to the cluster; can be tried again.

        Raises:
            MigrationStateConflictError: if another runner has written meanwhile.
            djelme.errors.BackendError: if the cluster doesn't take it.
        """
        with self._lock.held:
            state = {
                "index": self.index,
                "done": [
                    [format_timestamp(start), format_timestamp(end)] for start, end in self.done
                ],
                "untimed_done": self.untimed_done,
                "is_complete": self.is_complete,
                "copied": self.copied,
            }
            id = f":index:{self.index}"  # noqa: A001 - its name in Elasticsearch
            if self._is_uncertain:
                # The last attempt had no answer, and may have arrived.
                self._stored = self._store.get(id)
            self._is_uncertain = True
            self._stored = self._store.put(id, _KIND, state, instead_of=self._stored)
            self._is_uncertain = False
