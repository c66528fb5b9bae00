"""Bring deliveries through forks, and to their end with the process.

Python ends a process in this order: it waits for `concurrent.futures` and for threads that aren't
daemons, runs what was registered with `atexit`, last one first, and stops the daemons. From Python
3.12 on, threads can't be started any more in the middle of that. What closes deliveries is
registered with `atexit`, so it comes after the last thread that may record; and before everything
that a delivery needs:

- Finalizers of `weakref`, by which urllib3 closes its pools, all run in one hook that is registered
  with the first finalizer of the process. There is one here for that reason: a pool that was made
  first would make that hook a later one than ours, which runs before it.
- `logging` registers its hook when it is imported, before this module.

Hooks that others register earlier run after ours. What they record is sent at once, in the thread
that records, see `is_over`.

Children of multiprocessing and of Celery end by `os._exit`, so their own hooks are used. What ends
a process by a signal is in `djelme.delivery.termination`.
"""

from __future__ import annotations

import atexit
import sys
import threading
import weakref
from typing import Protocol

from djelme import process
from djelme.delivery.log import Log
from djelme.log_field import log_fields
from djelme.redaction import describe_error

__all__ = ("is_closing", "is_over", "register", "secure_all")

log = Log(__name__)


class _Mortal(Protocol):
    def reset(self) -> None:
        """Begin anew in a child."""

    def secure(self) -> bool:
        """Send what waits, and be prepared for an end at any moment."""

    def close(self, deadline: float | None = None) -> bool:
        """Come to an end; may be called again if something comes after it."""


_living: weakref.WeakSet[_Mortal] = weakref.WeakSet()
#: multiprocessing, and the variant of it that Celery uses.
_POOLS = ("multiprocessing.util", "billiard.util")

#: Whether the hooks of this process have run. If this module is first imported when they run
#: already, which begins after the main thread has ended, ours may be too late.
_is_over = not threading.main_thread().is_alive()
_is_closing = False


class _Marker:
    """Something that lives as long as this module, for registries that hold things weakly."""


_marker = _Marker()


def register(delivery: _Mortal) -> None:
    """See that a delivery is reset in children and closed at the end of the process."""
    if not _living:
        _join_pools()
    _living.add(delivery)


def is_over() -> bool:
    """Return whether nobody will close deliveries any more, as the process is at its end."""
    return _is_over


def is_closing() -> bool:
    """Return whether deliveries are being closed at the end of the process."""
    return _is_closing


def secure_all() -> None:
    """Prepare all deliveries for an end at any moment."""
    for delivery in list(_living):
        try:
            delivery.secure()
        except Exception as error:  # noqa: BLE001 - the others' records count as much
            _complain(error)


def _close_all(*_: object, **__: object) -> None:
    """Close all deliveries; takes whatever the hooks give."""
    global _is_closing, _is_over  # noqa: PLW0603 - of this process
    _is_closing = True
    for delivery in list(_living):
        try:
            delivery.close()
        except Exception as error:  # noqa: BLE001 - the others' records count as much
            _complain(error)
    _is_closing = False
    _is_over = True


def _complain(error: Exception) -> None:
    reason = describe_error(error)
    log.error("a delivery can't end in order: %s", reason, extra=log_fields(reason=reason))


def _reset_all() -> None:
    global _is_closing, _is_over  # noqa: PLW0603 - of this process
    _is_closing = _is_over = False
    for delivery in list(_living):
        delivery.reset()
    _join_pools()


def _join_pools(_: object = None) -> None:
    """Close deliveries at the end of a child of a pool, which doesn't run `atexit`."""
    for name in _POOLS:
        util = sys.modules.get(name)
        if util is not None:
            util.Finalize(None, _close_all, exitpriority=100)
            # A child forgets what was to be done at its end before it calls this.
            util.register_after_fork(_marker, _join_pools)
    signals = sys.modules.get("celery.signals")
    if signals is not None:
        signals.worker_process_shutdown.connect(_close_all, weak=False, dispatch_uid="djelme")


weakref.finalize(_marker, lambda: None)  # Before the next line, see above.
atexit.register(_close_all)
process.on_child(_reset_all)
