"""Bring deliveries through forks, and to their end with the process."""

from __future__ import annotations

import atexit
import sys
import weakref
from typing import Protocol

from djelme import process

__all__ = ("forget", "register")


class _Mortal(Protocol):
    def reset(self) -> None:
        """Begin anew in a child."""

    def close(self, deadline: float | None = None) -> bool:
        """Come to an end."""


_living: weakref.WeakSet[_Mortal] = weakref.WeakSet()
#: multiprocessing, and the variant of it that Celery uses.
_POOLS = ("multiprocessing.util", "billiard.util")


class _Marker:
    """Something that lives as long as this module, for registries that hold things weakly."""


_marker = _Marker()


def register(delivery: _Mortal) -> None:
    """See that a delivery is reset in children and closed at the end of the process."""
    if not _living:
        _close_with_pools()
    _living.add(delivery)


def forget(delivery: _Mortal) -> None:
    """Do no more about a delivery."""
    _living.discard(delivery)


def _close_all() -> None:
    for delivery in list(_living):
        delivery.close()


def _reset_all() -> None:
    for delivery in list(_living):
        delivery.reset()
    for name in _POOLS:
        util = sys.modules.get(name)
        if util is not None:
            # A child forgets what was to be done at its end before it calls this.
            util.register_after_fork(_marker, _close_with_pools)


def _close_with_pools(_: object = None) -> None:
    """Close deliveries at the end of a child of a pool, which doesn't run `atexit`."""
    for name in _POOLS:
        util = sys.modules.get(name)
        if util is not None:
            util.Finalize(None, _close_all, exitpriority=100)


atexit.register(_close_all)
process.on_child(_reset_all)
