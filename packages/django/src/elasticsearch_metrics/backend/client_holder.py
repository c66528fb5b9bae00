"""Clients that are made when they are needed, and live no longer than their connections may.

Blocking ones belong to a process, asynchronous ones to an event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet, finalize

from djelme import process
from djelme.errors import BackendUnreachableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

__all__ = ("AsyncClientHolder", "ClientHolder")


class ClientHolder:
    """Makes a client when it is first needed, in each process anew.

    Connections that a child process inherited would mix up answers.

    Args:
        backend_name: key in ``DJELME_BACKENDS``.
        make: makes a client without connecting.
    """

    def __init__(self, backend_name: str, make: Callable[[], Any]) -> None:
        self._backend_name = backend_name
        self._make = make
        self._client: Any = None
        self._pid = 0
        self._lock = process.Lock()
        self._making = threading.local()
        _holders.add(self)

    def get(self) -> Any:
        """Return the client of this process.

        Raises:
            djelme.errors.BackendUnreachableError: if it is being made by this very thread, as for a
                logging handler that stores what the client warns of.
        """
        client = self._client
        if client is None or self._pid != os.getpid():
            client = self._publish(self._made())
        return client

    def _made(self) -> Any:
        """Return a new client. It is made without a lock, since it may warn, log or connect."""
        if getattr(self._making, "here", False):
            reason = "its client is still being made"
            raise BackendUnreachableError(backend=self._backend_name, reason=reason)
        self._making.here = True
        try:
            return self._make()
        finally:
            self._making.here = False

    def _publish(self, made: Any) -> Any:
        """Return the client for all threads: the first one that was made."""
        with self._lock.held:
            client = self._client
            if client is None or self._pid != os.getpid():
                self._client, self._pid = made, os.getpid()
                return made
        made.close()
        return client

    def close(self) -> None:
        """Close the client's connections; the next use makes another client."""
        with self._lock.held:
            client, self._client = self._client, None
        if client is not None and self._pid == os.getpid():
            client.close()

    def forget(self) -> None:
        """Make another client for the next use; who uses this one now goes on with it."""
        self._client = None


_holders: WeakSet[ClientHolder] = WeakSet()


def _forget_all() -> None:
    for holder in list(_holders):
        holder.forget()


# At the end of a process urllib3 closes its pools by finalizers, and elasticsearch8 waits for ever
# for a connection of one that is closed. Finalizers run in the order opposite to that of their
# making, so this one follows those of the pools: whoever asks later gets another client.
finalize(ClientHolder, _forget_all)


class AsyncClientHolder:
    """Makes a client when a loop first needs one.

    Connections belong to the loop that opened them, so each loop has a client of its own.

    Args:
        make: makes a client without connecting; its ``close()`` is a coroutine.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._lives: WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[Any, AsyncGenerator[None, None]]
        ] = WeakKeyDictionary()

    def get(self) -> Any:
        """Return the client of the running loop.

        Raises:
            RuntimeError: if no loop is running.
        """
        loop = asyncio.get_running_loop()
        life = self._lives.get(loop)
        if life is None:
            client = self._make()
            closing = self._close_with_loop(client)
            life = self._lives[loop] = (client, closing)
            # A loop keeps track of asynchronous generators that have begun, and ends them before
            # it closes: the one hook that every loop offers for its end.
            with contextlib.suppress(StopIteration):
                anext(closing).__await__().send(None)  # to its yield, which needs no waiting
        return life[0]

    async def _close_with_loop(self, client: Any) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await client.close()
