"""Run steps of work in the background, in a thread that is made when it is first needed."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from djelme.delivery.log import Log
from djelme.log_field import log_fields
from djelme.redaction import describe_error

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Worker",)

log = Log(__name__)

#: How long to rest after an error that nobody has foreseen, in seconds.
_REST = 5.0


class Worker:
    """A thread of this process that never keeps it from ending.

    A child has to make another one: threads don't survive a fork.

    Args:
        name: name of the thread.
        step: does what there is to do, and returns after how many seconds to be called again.
    """

    def __init__(self, name: str, step: Callable[[], float]) -> None:
        self._name = name
        self._step = step
        # A lock that is released to wake the thread, rather than an event: it is set by one
        # instruction, which a signal handler that raises can't leave half done.
        self._wanted = threading.Lock()
        self._wanted.acquire()
        self._starting = threading.Lock()
        self._is_stopping = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """See that a step begins soon, unless the interpreter is shutting down."""
        with contextlib.suppress(RuntimeError):
            self._wanted.release()  # It is released already if nobody has noticed yet.
        thread = self._thread
        if (thread is None or not thread.is_alive()) and not self._is_stopping:
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None and self._thread.is_alive():
                return
            # A signal handler may raise anywhere here, so the thread looks itself whether it is
            # the one that is wanted.
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            with contextlib.suppress(RuntimeError):
                self._thread.start()

    def stop(self, timeout: float) -> bool:
        """End the thread after its present step; return whether it has ended.

        Args:
            timeout: how long to wait for that, in seconds.
        """
        self._is_stopping = True
        with contextlib.suppress(RuntimeError):
            self._wanted.release()
        with self._starting:
            thread = self._thread
        if thread is None or thread is threading.current_thread() or not thread.is_alive():
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def _run(self) -> None:
        with self._starting:
            if self._thread is not threading.current_thread():
                return
        while not self._is_stopping:
            try:
                delay = self._step()
            except Exception as error:  # noqa: BLE001 - what comes later must not wait for ever
                delay = _REST
                log.alarm(
                    "%s goes on after %s",
                    self._name,
                    describe_error(error),
                    extra=log_fields(reason=describe_error(error)),
                )
            if not self._is_stopping:
                self._wanted.acquire(timeout=delay)
