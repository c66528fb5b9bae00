"""Notice that this is another process now: a child that mustn't go on with what is its parent's.

Python tells of its own forks. Some servers fork without Python's hooks (as uWSGI does, unless told
otherwise), so whatever leads to a document looks for itself: see `check`.
"""

from __future__ import annotations

import os
import threading
import weakref
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Lock", "check", "on_child", "pid")

#: The process that everything here belongs to; another one than `os.getpid` in a new child.
pid = os.getpid()
_lock = threading.Lock()
_functions: list[Callable[[], object]] = []
#: By the objects that they belong to, which mustn't live longer for that.
_methods: weakref.WeakKeyDictionary[object, Callable[[Any], object]] = weakref.WeakKeyDictionary()


def on_child(begin: Callable[[], object]) -> None:
    """Call something in every child, before it goes on.

    Args:
        begin: a function, which is called for as long as the process lives; or a method, which
            is called for as long as somebody else holds its object. One of an object.
    """
    if isinstance(begin, MethodType):
        _methods[begin.__self__] = begin.__func__
    else:
        _functions.append(begin)


class Lock:
    """A lock that a thread may take again, and that is free in a child of the process.

    A signal handler, a finalizer or a logging handler may come back to what its own thread is in
    the middle of; and a thread that held a lock at a fork isn't there to release it in the child.
    Nothing of others is to be called while it is held: they might wait for what waits for it.

    Attributes:
        held: the lock itself, to be used in ``with``. Its own code takes it by one instruction,
            which a signal handler that raises can't leave half done.
    """

    __slots__ = ("__weakref__", "held")

    def __init__(self) -> None:
        self.held = threading.RLock()
        _locks.add(self)

    def free(self) -> None:
        """Begin anew in a child, where nobody holds it."""
        self.held = threading.RLock()


_locks: weakref.WeakSet[Lock] = weakref.WeakSet()


def check() -> None:
    """See that a child has begun anew."""
    if os.getpid() != pid:
        with _lock:
            if os.getpid() != pid:
                _begin()


def _begin() -> None:
    global pid  # noqa: PLW0603 - the one process that this is
    for lock in list(_locks):
        lock.free()
    for begin in _functions:
        begin()
    for owner, method in list(_methods.items()):
        method(owner)
    pid = os.getpid()


def _begin_after_fork() -> None:
    global _lock  # noqa: PLW0603 - a thread of the parent may have held it
    _lock = threading.Lock()
    _begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_after_fork)
