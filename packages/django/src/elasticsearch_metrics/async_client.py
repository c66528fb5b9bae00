"""Asynchronous clients: one for each event loop, closed together with it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

__all__ = ("AsyncClientHolder",)


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
