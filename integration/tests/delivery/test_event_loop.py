"""Recording under a running event loop: nothing blocks it, and clients end with it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from typing import TYPE_CHECKING, Any

import pytest
from outage.ledger import check_exactly_once

from djelme.errors import BackendUnreachableError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from outage.proxy import Proxy
    from outage.server import Server

    Deliver = Callable[..., Any]

MODES = pytest.mark.parametrize("mode", ["direct", "buffered", "durable"])


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in debug mode, and see that nothing is left of what it opened."""
    asyncio.run(main, debug=True)
    gc.collect()  # complains of what wasn't closed, and warnings are errors


@contextlib.asynccontextmanager
async def beating() -> AsyncIterator[Callable[[int], Coroutine[Any, Any, None]]]:
    """Give a function that waits until the loop has gone round so often."""
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0.001)

    async def wait_for(count: int) -> None:
        goal = beats + count
        while beats < goal:
            await asyncio.sleep(0.001)

    task = asyncio.create_task(beat())
    try:
        yield wait_for
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture(autouse=True)
def nothing_is_left_open(caplog: pytest.LogCaptureFixture) -> Any:
    """See that no client complains of not being closed."""
    caplog.set_level(logging.WARNING, "asyncio")
    yield
    said = [record.getMessage() for record in caplog.records if record.name == "asyncio"]
    # How long a callback takes is a matter of the machine, too.
    assert not [text for text in said if not text.startswith("Executing")]


@MODES
@pytest.mark.usefixtures("every_imp")
def test_all_ways_to_store(mode: str, usage: Any, deliver: Deliver) -> None:
    delivery = deliver(mode)

    async def main() -> None:
        # The server has a short queue, and direct delivery waits for it.
        at_once = 1 if mode == "direct" else 20
        for first in range(0, 20, at_once):
            numbers = range(first, first + at_once)
            await asyncio.gather(*(usage.arecord(item_id=number) for number in numbers))
        for number in range(20, 30):
            assert await usage(item_id=number).asave() == (
                "created" if mode == "direct" else "accepted"
            )
        result = await usage.abulk_record(
            ({"item_id": number} for number in range(30, 130)), chunk_size=20, senders=2
        )
        assert (result.created, result.failed) == (100, [])

    run(main())
    assert delivery.flush(120)
    check_exactly_once(usage, range(130))


@MODES
def test_the_loop_goes_on_while_the_server_is_silent(
    mode: str, imp: str, usage: Any, deliver: Deliver, server: Server
) -> None:
    timeout = "timeout" if imp.endswith("6") else "request_timeout"
    delivery = deliver(mode, **{timeout: 60})
    usage.record(item_id=0)
    assert delivery.flush(60)

    async def main() -> None:
        await usage.arecord(item_id=1)
        async with beating() as wait_for:
            with server.frozen():
                task = asyncio.create_task(usage.arecord(item_id=2))
                await wait_for(100)
                if mode == "direct":
                    # Nobody has answered, and the loop went round all the same.
                    assert not task.done()
                else:
                    await task
            await task

    run(main())
    assert delivery.flush(120)
    check_exactly_once(usage, range(3))


@pytest.mark.usefixtures("every_imp")
def test_direct_delivery_obeys_its_timeout(
    imp: str, usage: Any, deliver: Deliver, server: Server
) -> None:
    timeout = "timeout" if imp.endswith("6") else "request_timeout"
    usage.record(item_id=0)
    deliver("direct", **{timeout: 0.5})

    async def main() -> None:
        with server.frozen():
            with pytest.raises(BackendUnreachableError):
                await usage.arecord(item_id=1)
            with pytest.raises(BackendUnreachableError):
                await usage.abulk_record([{"item_id": 1}])

    run(main())
    deliver("direct")
    check_exactly_once(usage, [0], unsaid=1)


def test_a_lost_answer_doubles_nothing(usage: Any, deliver: Deliver, proxy: Proxy) -> None:
    deliver("direct", hosts=proxy.url)
    record = usage(item_id=0)

    async def main() -> None:
        proxy.lose_answers()
        with pytest.raises(BackendUnreachableError):
            await record.asave()
        proxy.lose_answers(times=2)
        with contextlib.suppress(BackendUnreachableError):
            await record.asave()
        proxy.behave()
        await record.asave()
        proxy.lose_answers(times=2)
        await usage.abulk_record(({"item_id": number} for number in range(1, 41)), chunk_size=20)

    run(main())
    check_exactly_once(usage, range(41))


def test_a_task_that_is_cancelled_leaves_no_harm(
    imp: str, usage: Any, deliver: Deliver, server: Server
) -> None:
    """A visitor goes away, and so does the request's task."""
    timeout = "timeout" if imp.endswith("6") else "request_timeout"
    deliver("direct", **{timeout: 2})
    usage.record(item_id=0)

    async def main() -> None:
        await usage.arecord(item_id=1)
        with server.frozen():
            task = asyncio.create_task(usage.arecord(item_id=2))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await usage.arecord(item_id=3)

    run(main())
    check_exactly_once(usage, [0, 1, 3], unsaid=1)


@pytest.mark.usefixtures("every_imp")
def test_searches(imp: str, usage: Any) -> None:
    usage.record(item_id=1)
    usage.refresh()

    async def main() -> None:
        if imp.endswith("6"):
            with pytest.raises(ConfigurationError, match="not asynchronous"):
                usage.asearch()
        else:
            assert [hit.item_id async for hit in usage.asearch()] == [1]

    run(main())
