"""One runner at a time, by a document that has to be renewed."""

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

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from elasticsearch_metrics.state.store import StateStore, Stored

__all__ = ("RunnerLock", "describe_lock")

logger = logging.getLogger(__name__)

#: The rest of its id, after the name of what is locked.
_ID = ":lock"
#: How long a lock is good without being renewed, in seconds. Clocks of hosts may differ by less.
_VALIDITY = 60.0
_RENEWAL = 10.0


def describe_lock(store: StateStore, id: str = _ID) -> dict[str, Any] | None:  # noqa: A002 - its name in Elasticsearch
    """Return who holds a lock (``owner``, ``since``, ``doing``), None if nobody."""
    stored = store.get(id)
    if stored is None or not _is_held(stored.state):
        return None
    return {"owner": _owner(stored.state), **{key: stored.state[key] for key in ("since", "doing")}}


class RunnerLock:
    """A lock, while something runs that may run only once.

    A runner on the same host whose process is gone loses it at once, any other one when it hasn't
    renewed it for a minute.

    Args:
        store: where it is kept.
        doing: what runs, for others to read.
        id: the rest of its id, after the name of what the store is about.
    """

    def __init__(self, store: StateStore, doing: str, *, id: str = _ID) -> None:  # noqa: A002 - its name in Elasticsearch
        self._store = store
        self._doing = doing
        self._id = id
        self._token = secrets.token_hex(8)
        self._since = _utcnow()
        self._stored: Stored | None = None
        self._ended = threading.Event()
        self._lost: str | None = None

    @contextlib.contextmanager
    def held(self) -> Iterator[RunnerLock]:
        """Hold the lock within a block.

        Raises:
            djelme.errors.DjelmeError: the kind's ``locked_error``, if another runner holds it.
        """
        self._acquire()
        renewing = threading.Thread(target=self._renew, name="djelme-lock", daemon=True)
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
            djelme.errors.DjelmeError: the kind's ``error``, if it was lost.
        """
        if self._lost is not None:
            msg = f"this runner has lost its lock ({self._lost}) and stops; run the command again"
            raise self._store.fault(self._store.kind.error, msg)

    def _acquire(self) -> None:
        found = self._store.get(self._id)
        if found is not None and _is_held(found.state):
            raise self._locked(found.state)
        try:
            self._stored = self._write(instead_of=found)
        except self._store.kind.conflict_error as error:
            found = self._store.get(self._id)
            raise self._locked({} if found is None else found.state) from error

    def _write(self, *, instead_of: Stored | None) -> Stored:
        return self._store.put(self._id, "lock", self._state(), instead_of=instead_of)

    def _renew(self) -> None:
        valid_until = _utcnow() + datetime.timedelta(seconds=_VALIDITY)
        while not self._ended.wait(_RENEWAL):
            try:
                self._stored = self._write(instead_of=self._stored)
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
                        self._store.subject,
                        error,
                        extra=self._log_fields(error),
                    )
                    continue
                return

    def _is_mine(self) -> bool:
        """Return False if somebody else is known to hold the lock."""
        try:
            found = self._store.get(self._id)
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
                "the lock of %s isn't released (%s); it expires by itself",
                self._store.subject,
                error,
                extra=self._log_fields(error),
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

    def _locked(self, state: Mapping[str, Any]) -> DjelmeError:
        owner, since = _owner(state), str(state.get("since", "just now"))
        msg = (
            f"{owner} holds the lock since {since} ({state.get('doing', 'unknown')}); wait until "
            f"it is done, or end it: its lock expires within {_VALIDITY:.0f} seconds"
        )
        return self._store.fault(self._store.kind.locked_error, msg, owner=owner, since=since)

    def _log_fields(self, error: DjelmeError) -> dict[str, object]:
        about: dict[str, Any] = {self._store.kind.subject: self._store.subject}
        return log_fields(reason=str(error), **about)


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
