"""Run steps of work in the background, in a thread that is made when it is first needed."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from typing import TYPE_CHECKING

from djelme import process
from djelme.delivery.log import Log
from djelme.log_field import log_fields
from djelme.redaction import describe_error

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Worker",)

log = Log(__name__)

#: How long to wait after an error that nobody has foreseen, in seconds.
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
        self._starting = process.Lock()
        self._working = threading.Lock()
        self._is_stopping = False
        self._thread: threading.Thread | None = None

    def wake(self) -> bool:
        """See that a step begins soon; return whether a thread is there for it.

        There is none after `stop`, and where the interpreter is shutting down and starts no more
        threads: see `work`.
        """
        with contextlib.suppress(RuntimeError):
            self._wanted.release()  # It is released already if nobody has noticed yet.
        thread = self._thread
        if thread is not None and thread.is_alive():
            return True
        return not self._is_stopping and self._start()

    def _start(self) -> bool:
        with self._starting.held:
            if self._thread is not None and self._thread.is_alive():
                return True
            # A signal handler may raise anywhere here, so the thread looks itself whether it is
            # the one that is wanted.
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            try:
                self._thread.start()
            except RuntimeError:
                return False
        return True

    def work(self, is_over: Callable[[], bool], timeout: float | None) -> None:
        """Run steps in this thread until something is over; for where `wake` says that none does.

        Does nothing if a step of another thread, or one that led here, isn't over yet.

        Args:
            is_over: whether to return, asked after each step.
            timeout: when to return at the latest, in seconds, but not within a step; None for
                never.
        """
        if not self._working.acquire(blocking=False):
            return
        try:
            end = math.inf if timeout is None else time.monotonic() + timeout
            while not is_over():
                delay = self._take_step()
                left = end - time.monotonic()
                if left <= 0:
                    return
                if not is_over():
                    time.sleep(min(delay, left))
        finally:
            self._working.release()

    def stop(self, timeout: float) -> bool:
        """End the thread after its present step; return whether it has ended.

        Args:
            timeout: how long to wait for that, in seconds.
        """
        self._is_stopping = True
        with contextlib.suppress(RuntimeError):
            self._wanted.release()
        with self._starting.held:
            thread = self._thread
        if thread is None or thread is threading.current_thread() or not thread.is_alive():
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def _run(self) -> None:
        with self._starting.held:
            if self._thread is not threading.current_thread():
                return
        while not self._is_stopping:
            delay = self._take_step()
            if not self._is_stopping:
                self._wanted.acquire(timeout=delay)

    def _take_step(self) -> float:
        try:
            return self._step()
        except Exception as error:  # noqa: BLE001 - what comes later must not wait for ever
            log.error(
                "%s goes on after %s",
                self._name,
                describe_error(error),
                extra=log_fields(reason=describe_error(error)),
            )
            return _REST
