"""Send what waits before a signal ends the process.

A signal that nobody handles ends a process without running `atexit`. Some servers end so as well:
uvicorn handles SIGTERM, shuts down, puts the handler back that was there before it, and raises the
signal again. So there is a handler here, for signals that would end the process and for SIGTERM
that somebody else handles already. It never waits, as it may have interrupted whoever holds a lock
that sending needs: a thread of its own sends for at most ``djelme_shutdown_deadline``, and what is
recorded meanwhile goes to the spool first. Then

- a signal that nobody else handles is raised again, and ends the process as it would have;
- the handler of somebody else is called: by their event loop when the thread is through, as
  servers that end without `atexit` may be behind that; without an event loop, at once.

A child of a fork that hasn't recorded yet has nothing to send, so signals end it as if there were
no handler.
"""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import os
import signal
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from djelme import process
from djelme.delivery import lifetime
from djelme.delivery.missed_signal import SignalRepeater

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ("watch",)

#: Those that administrators and terminals end processes with. SIGHUP isn't known everywhere.
_SIGNALS = [
    getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)
]
#: How long to wait before a signal is raised again, in seconds.
_REPETITION = 0.05


def watch() -> None:
    """See that what waits is sent before a signal ends this process.

    May be called again, as some servers put handlers back to what they were. Python lets only the
    main thread do this; from others it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _SIGNALS:
        handler = signal.getsignal(number)
        if handler is signal.SIG_DFL or _is_foreign(number, handler):
            try:
                signal.signal(number, _Handler(handler))
            except ValueError:
                return  # In a subinterpreter, which has no signals.
            _state.watched.add(number)
    if _state.watched:
        _repeater.start()


def _is_foreign(number: int, handler: object) -> bool:
    """Return whether others handle SIGTERM, and didn't put their handler over ours."""
    return (
        number == signal.SIGTERM
        and number not in _state.watched
        and callable(handler)
        and not isinstance(handler, _Handler)
    )


class _State:
    """What has happened in this process.

    Attributes:
        watched: the signals that have a handler from here.
        is_securing: whether what waits is being sent before a signal is passed on.
        is_secured: whether that was done.
        has_handled: whether a handler from here has run.
        mask: the signals that were blocked before a fork, while there is one.
    """

    def __init__(self) -> None:
        self.mask: set[int] | None = None
        self.begin()

    def begin(self) -> None:
        self.watched: set[int] = set()
        self.is_securing = self.is_secured = self.has_handled = False


_state = _State()


def _is_missed(number: int) -> bool:
    """Return whether a signal that ends the process, but for a handler from here, has come to none.

    Signals that somebody else handles would be so without djelme.
    """
    handler = signal.getsignal(number)
    return isinstance(handler, _Handler) and handler.is_last and not _state.has_handled


_repeater = SignalRepeater(_is_missed)


def _block() -> None:
    """Let signals wait at a fork, so that a child gets them when it knows what to do."""
    if _state.watched:
        _state.mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def _unblock() -> None:
    mask, _state.mask = _state.mask, None
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _begin_child() -> None:
    """Leave signals to what was there before, until this process records, too."""
    _repeater.begin_child()
    for number in _SIGNALS:
        handler = signal.getsignal(number)
        if isinstance(handler, _Handler) and handler.is_last:
            with contextlib.suppress(ValueError):  # In a subinterpreter.
                signal.signal(number, signal.SIG_DFL)
    _state.begin()


process.on_child(_begin_child)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_block, after_in_parent=_unblock, after_in_child=_unblock)


class _Handler:
    """A handler of a signal, in front of the one that was there.

    Args:
        previous: `signal.SIG_DFL`, or what to call.
    """

    def __init__(self, previous: Any) -> None:
        self._previous = previous

    @property
    def is_last(self) -> bool:
        """Whether there was no handler before it."""
        return self._previous is signal.SIG_DFL

    def __call__(self, number: int, frame: FrameType | None) -> None:
        _state.has_handled = True
        if _state.is_secured:
            self._pass_on(number, frame)
        elif self.is_last:
            _secure(partial(_raise_until_the_end, number))
        elif (loop := _running_loop()) is not None:
            _secure(
                partial(loop.call_soon_threadsafe, self._pass_on, number, frame),
                otherwise=partial(os.kill, os.getpid(), number),
            )
        else:
            _secure(lambda: None)
            self._pass_on(number, frame)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        if not self.is_last:
            self._previous(number, frame)
        elif not lifetime.is_closing():  # That comes to an end by itself.
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)


def _raise_until_the_end(number: int) -> None:
    """Raise a signal that ends the process, in a thread.

    Again and again, as the main thread may miss it when it is about to wait for something.
    """
    while True:
        os.kill(os.getpid(), number)
        time.sleep(_REPETITION)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _secure(then: Callable[[], object], otherwise: Callable[[], object] | None = None) -> None:
    """Send what waits, in a thread of its own, and do something after it.

    A signal that is repeated meanwhile, as gunicorn does, is the same one.

    Args:
        then: what to do.
        otherwise: what to do if that raises `RuntimeError`, as an event loop that is closed does.
    """
    if _state.is_securing:
        return
    _state.is_securing = True

    def run() -> None:
        try:
            lifetime.secure_all()
        finally:
            _state.is_secured = True
            try:
                then()
            except RuntimeError:
                if otherwise is None:
                    raise
                otherwise()

    try:
        # Not `threading.Thread`, whose start takes a lock that may be held by what the signal has
        # interrupted.
        _thread.start_new_thread(run, ())
    except RuntimeError:
        # From Python 3.12 on at the end of the interpreter. The main thread waits for others there
        # and holds no lock of ours, unless deliveries are being closed already.
        _state.is_secured = True
        if not lifetime.is_closing():
            lifetime.secure_all()
            then()
