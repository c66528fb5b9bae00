"""Raise a signal again whose handler the main thread was too late to run.

Python runs handlers in the main thread, between two of its instructions. A signal that comes when
that thread is about to wait for a lock of another process is noticed after the waiting only: a pool
whose children wait for work would wait for ever for a child that it has terminated. A second
signal interrupts the waiting. So a thread learns of each signal by `signal.set_wakeup_fd`, which
the interpreter serves at once, and sends it again until its handler has run.

An event loop that uses that hook itself runs handlers in time, and keeps it.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("SignalRepeater",)

#: How long a handler has until its signal is raised again, in seconds.
_DELAY = 0.05


class SignalRepeater:
    """Sees that handlers of signals run in this process.

    Args:
        is_missed: returns whether the handler of a signal should have run and hasn't.
    """

    def __init__(self, is_missed: Callable[[int], bool]) -> None:
        self._is_missed = is_missed
        self._sockets: tuple[socket.socket, socket.socket] | None = None

    def start(self) -> None:
        """Begin, unless that was done already or somebody else learns of signals.

        Only in the main thread.
        """
        if self._sockets is not None:
            return
        # Not a pipe: where gevent stands in for threads, reading from one would stop them all.
        reading, writing = socket.socketpair()
        writing.setblocking(False)
        previous = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        if previous != -1:
            signal.set_wakeup_fd(previous)
            reading.close()
            writing.close()
            return
        self._sockets = reading, writing
        with contextlib.suppress(RuntimeError):  # From Python 3.12 on at the end of a process.
            # Not `threading.Thread`, which would keep a process alive or be waited for.
            _thread.start_new_thread(self._run, (reading,))

    def begin_child(self) -> None:
        """Leave the parent's sockets to the parent, where its thread is."""
        if self._sockets is None:
            return
        reading, writing = self._sockets
        self._sockets = None
        with contextlib.suppress(ValueError):  # Not in the main thread, which then isn't served.
            current = signal.set_wakeup_fd(-1)
            if current != writing.fileno():
                signal.set_wakeup_fd(current)
        reading.close()
        writing.close()

    def _run(self, reading: socket.socket) -> None:
        with contextlib.suppress(OSError):  # The end of the process.
            while received := reading.recv(64):
                for number in set(received):
                    self._repeat(number)

    def _repeat(self, number: int) -> None:
        if self._is_missed(number):
            time.sleep(_DELAY)
        while self._is_missed(number):
            os.kill(os.getpid(), number)
            time.sleep(_DELAY)
