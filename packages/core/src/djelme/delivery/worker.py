"""Run steps of work in the background, in a thread that is made when it is first needed."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from djelme.redaction import describe_error

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Worker",)

logger = logging.getLogger(__name__)

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
        self._wanted = threading.Event()
        self._starting = threading.Lock()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def wake(self) -> bool:
        """See that a step begins soon; return False if that isn't possible any more."""
        self._wanted.set()
        if self._thread is not None:
            return not self._stopping
        with self._starting:
            if self._thread is None and not self._stopping:
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    return False  # The interpreter is shutting down.
                self._thread = thread
        return not self._stopping

    def stop(self, timeout: float) -> bool:
        """End the thread after its present step; return whether it has ended.

        Args:
            timeout: how long to wait for that, in seconds.
        """
        self._stopping = True
        self._wanted.set()
        with self._starting:
            thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def _run(self) -> None:
        while not self._stopping:
            self._wanted.clear()
            try:
                delay = self._step()
            except Exception as error:  # noqa: BLE001 - what comes later must not wait for ever
                logger.error("%s goes on after %s", self._name, describe_error(error))
                delay = _REST
            if not self._stopping:
                self._wanted.wait(delay)
