"""Remember which writes to the source did not reach the target, until they are caught up.

A gap is kept as ranges of time, one for each index of the source, so that it stays small however
many writes were missed.
"""

from __future__ import annotations

import datetime
import json
import os
import secrets
import socket
from typing import TYPE_CHECKING, Any

from djelme import process
from djelme.timeparts import format_timestamp
from elasticsearch_metrics.migration.errors import MigrationStateConflictError
from elasticsearch_metrics.migration.state.state import now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djelme.operation import Operation
    from elasticsearch_metrics.migration.specification import MigrationSpecification
    from elasticsearch_metrics.migration.state.store import StateStore
    from elasticsearch_metrics.state.store import Stored

__all__ = ("GapLedger", "find_gaps", "merge_ranges")

#: Ranges by index: first and last moment in ISO 8601, or None for the whole index.
Ranges = dict[str, "list[str] | None"]
_KIND = "gap"
_ATTEMPTS = 5


def find_gaps(store: StateStore) -> list[Stored]:
    """Return what the processes of the site have saved."""
    return store.find(_KIND)


def merge_ranges(one: Mapping[str, Any], other: Mapping[str, Any]) -> Ranges:
    """Return ranges that hold both.

    >>> merge_ranges({"a": ["2026-01", "2026-02"], "b": None}, {"a": ["2026-02", "2026-03"]})
    {'a': ['2026-01', '2026-03'], 'b': None}
    """
    merged: Ranges = dict(one)
    for index, bounds in other.items():
        known = merged.get(index, bounds)
        if known is None or bounds is None:
            merged[index] = None
        else:
            merged[index] = [min(known[0], bounds[0]), max(known[1], bounds[1])]
    return merged


class GapLedger:
    """The gaps that this process has caused and not yet saved in the cluster. Thread-safe."""

    def __init__(self) -> None:
        self._lock = process.Lock()
        self._token = ""
        self.reset()

    def reset(self) -> None:
        """Begin with nothing, as a forked child has to."""
        self._lock = process.Lock()
        self._token = secrets.token_hex(8)
        self._ranges: dict[type[MigrationSpecification], Ranges] = {}
        self._counts: dict[type[MigrationSpecification], int] = {}
        self._reasons: dict[type[MigrationSpecification], str] = {}

    def add(
        self, migration: type[MigrationSpecification], operations: Iterable[Operation], reason: str
    ) -> None:
        """Note that writes to the source did not reach the target."""
        ranges: Ranges = {}
        count = 0
        for operation in operations:
            count += 1
            moment = _moment(migration, operation)
            bounds = None if moment is None else [moment, moment]
            ranges = merge_ranges(ranges, {operation.index: bounds})
        with self._lock.held:
            self._ranges[migration] = merge_ranges(self._ranges.get(migration, {}), ranges)
            self._counts[migration] = self._counts.get(migration, 0) + count
            self._reasons[migration] = reason

    def __bool__(self) -> bool:
        return bool(self._ranges)

    def migrations(self) -> list[type[MigrationSpecification]]:
        """Return the migrations that have gaps to be saved."""
        return list(self._ranges)

    def drop(self, migration: type[MigrationSpecification]) -> None:
        """Forget the gaps of a migration that copies nothing at present."""
        self._take(migration)

    def save(self, migration: type[MigrationSpecification], store: StateStore) -> None:
        """Write the gaps of a migration to its cluster.

        Raises:
            djelme.errors.DjelmeError: if that fails; they are kept.
        """
        ranges, count, reason = self._take(migration)
        if not ranges:
            return
        try:
            self._write(store, ranges, count, reason)
        except BaseException:
            with self._lock.held:
                self._ranges[migration] = merge_ranges(self._ranges.get(migration, {}), ranges)
                self._counts[migration] = self._counts.get(migration, 0) + count
                self._reasons.setdefault(migration, reason)
            raise

    def _take(self, migration: type[MigrationSpecification]) -> tuple[Ranges, int, str]:
        with self._lock.held:
            return (
                self._ranges.pop(migration, {}),
                self._counts.pop(migration, 0),
                self._reasons.pop(migration, ""),
            )

    def _write(self, store: StateStore, ranges: Ranges, count: int, reason: str) -> None:
        id = f":gap:{self._token}"  # noqa: A001 - its name in Elasticsearch
        for attempt in range(1, _ATTEMPTS + 1):
            found = store.get(id)
            known: Mapping[str, Any] = {} if found is None else found.state
            state = {
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "since": known.get("since") or now(),
                "count": known.get("count", 0) + count,
                "reason": reason,
                # As a list: names of indexes have dots, which would be read as paths.
                "ranges": [
                    {"index": index, "bounds": bounds}
                    for index, bounds in merge_ranges(ranges_of(known), ranges).items()
                ],
            }
            try:
                store.put(id, _KIND, state, instead_of=found)
            except MigrationStateConflictError:
                if attempt == _ATTEMPTS:
                    raise
            else:
                return


def ranges_of(state: Mapping[str, Any]) -> Ranges:
    """Return the ranges of a saved gap."""
    return {entry["index"]: entry["bounds"] for entry in state.get("ranges", ())}


def _moment(migration: type[MigrationSpecification], operation: Operation) -> str | None:
    values = migration.source.djelme.decoder.decode(json.loads(operation.source))
    moment = values.get(migration.source.TIME_FIELD or "")
    return format_timestamp(moment) if isinstance(moment, datetime.datetime) else None
