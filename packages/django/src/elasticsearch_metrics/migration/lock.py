"""One runner at a time for each migration, by a document that has to be renewed."""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import secrets
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from djelme.errors import DjelmeError
from djelme.log_field import log_fields
from djelme.timeparts import format_timestamp, parse_when
from elasticsearch_metrics.migration.errors import (
    MigrationError,
    MigrationLockedError,
    MigrationStateConflictError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from elasticsearch_metrics.migration.store import StateStore, Stored

__all__ = ("RunnerLock", "describe_lock")

logger = logging.getLogger(__name__)

_ID = ":lock"
#: How long a lock is good without being renewed, in seconds. Clocks of hosts may differ by less.
_VALIDITY = 60.0
_RENEWAL = 10.0


def describe_lock(store: StateStore) -> dict[str, Any] | None:
    """Return who holds a migration's lock (``owner``, ``since``, ``doing``), None if nobody."""
    stored = store.get(_ID)
    if stored is None or not _is_held(stored.state):
        return None
    return {"owner": _owner(stored.state), **{key: stored.state[key] for key in ("since", "doing")}}


class RunnerLock:
    """The lock of one migration, while a step runs.

    A runner on the same host whose process is gone loses it at once, any other one when it hasn't
    renewed it for a minute.

    Args:
        store: where it is kept.
        migration: name of the migration.
        doing: the step, for others to read.
    """

    def __init__(self, store: StateStore, migration: str, doing: str) -> None:
        self._store = store
        self._migration = migration
        self._doing = doing
        self._token = secrets.token_hex(8)
        self._since = _utcnow()
        self._stored: Stored | None = None
        self._ended = threading.Event()
        self._lost: str | None = None

    @contextlib.contextmanager
    def held(self) -> Iterator[RunnerLock]:
        """Hold the lock within a block.

        Raises:
            MigrationLockedError: if another runner holds it.
        """
        self._acquire()
        renewing = threading.Thread(target=self._renew, name="djelme-migration-lock", daemon=True)
        renewing.start()
        try:
            yield self
        finally:
            self._ended.set()
            renewing.join()
            self._release()

    def require(self) -> None:
        """Check that the lock is still held.

        Raises:
            MigrationError: if it was lost.
        """
        if self._lost is not None:
            msg = f"this runner has lost its lock ({self._lost}) and stops; run the command again"
            raise MigrationError(msg, migration=self._migration)

    def _acquire(self) -> None:
        found = self._store.get(_ID)
        if found is not None and _is_held(found.state):
            raise self._locked(found.state)
        try:
            self._stored = self._store.put(_ID, "lock", self._state(), instead_of=found)
        except MigrationStateConflictError as error:
            found = self._store.get(_ID)
            raise self._locked({} if found is None else found.state) from error

    def _renew(self) -> None:
        valid_until = _utcnow() + datetime.timedelta(seconds=_VALIDITY)
        while not self._ended.wait(_RENEWAL):
            try:
                self._stored = self._store.put(_ID, "lock", self._state(), instead_of=self._stored)
                valid_until = _utcnow() + datetime.timedelta(seconds=_VALIDITY)
            except DjelmeError as error:
                # An attempt without an answer may have arrived, and the next one then conflicts
                # with it.
                if not self._is_mine():
                    self._lost = "another runner has taken it, or it was deleted"
                elif _utcnow() > valid_until:
                    self._lost = f"it could not be renewed: {error}"
                else:
                    logger.warning(
                        "the lock of %s isn't renewed yet: %s",
                        self._migration,
                        error,
                        extra=log_fields(migration=self._migration, reason=str(error)),
                    )
                    continue
                return

    def _is_mine(self) -> bool:
        """Return False if somebody else is known to hold the lock."""
        try:
            found = self._store.get(_ID)
        except DjelmeError:
            return True  # Not known: it is tried again for as long as the lock is good.
        if found is None or found.state["token"] != self._token:
            return False
        self._stored = found
        return True

    def _release(self) -> None:
        if self._stored is None or self._lost is not None:
            return
        try:
            self._store.delete(self._stored)
        except DjelmeError as error:
            logger.warning(
                "the lock of migration %s isn't released (%s); it expires by itself",
                self._migration,
                error,
                extra=log_fields(migration=self._migration, reason=str(error)),
            )

    def _state(self) -> dict[str, Any]:
        return {
            "token": self._token,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "process_start": _process_start(os.getpid()),
            "doing": self._doing,
            "since": format_timestamp(self._since),
            "expires": format_timestamp(_utcnow() + datetime.timedelta(seconds=_VALIDITY)),
        }

    def _locked(self, state: Mapping[str, Any]) -> MigrationLockedError:
        owner, since = _owner(state), str(state.get("since", "just now"))
        msg = (
            f"{owner} holds the lock since {since} ({state.get('doing', 'unknown')}); wait until "
            f"it is done, or end it: its lock expires within {_VALIDITY:.0f} seconds"
        )
        return MigrationLockedError(msg, migration=self._migration, owner=owner, since=since)


def _is_held(state: Mapping[str, Any]) -> bool:
    if _utcnow() > parse_when(state["expires"]):
        return False
    if state["host"] != socket.gethostname():
        return True
    start = _process_start(state["pid"])
    return start is not None and start == state["process_start"]


def _process_start(pid: int) -> str | None:
    """Return a mark of a process that no later one of the same number has; None if it is gone."""
    try:
        # The 22nd field is the start, in clock ticks since boot (proc(5)); the second one may have
        # blanks in it, but ends with the last parenthesis.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] == "Z" else fields[19]
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return "running"
    return "running"


def _owner(state: Mapping[str, Any]) -> str:
    if not state:
        return "another runner"
    return f"process {state['pid']} on {state['host']}"


def _utcnow() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
