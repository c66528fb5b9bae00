"""Processes that are killed, forked, or that end in one way or another."""

from __future__ import annotations

import dataclasses
import signal
from typing import TYPE_CHECKING, Any

import pytest
from outage.ledger import check_exactly_once, until

from djelme.delivery.spool_report import inspect_spool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from outage.program import Plan, Program
    from outage.server import Server

    Start = Callable[..., Program]

BOTH = pytest.mark.parametrize("mode", ["buffered", "durable"])


@pytest.mark.usefixtures("every_imp")
def test_a_worker_is_killed_in_the_middle_of_a_stream(
    usage: Any, start: Start, flush: Callable[[], Any]
) -> None:
    """Case 1."""
    acknowledged = []
    for number, enough in enumerate((1, 50, 150)):
        program = start("stream", number)
        program.wait_for(enough)
        acknowledged += program.kill()
    flush()
    check_exactly_once(usage, acknowledged, unsaid=3)


def test_the_living_claim_what_the_killed_have_left(
    usage: Any, start: Start, server: Server, spool_dir: Path
) -> None:
    """Case 14: two processes share the directory; one dies, the other delivers for it."""
    living = start("idle")
    until(lambda: living.said, "the second process")
    with server.frozen():
        program = start("stream", 1)
        program.wait_for(100)
        acknowledged = program.kill()
        assert inspect_spool(spool_dir, "main").records >= len(acknowledged)
    until(lambda: not inspect_spool(spool_dir, "main").records, "the delivery by the second one")
    assert living.process.poll() is None
    check_exactly_once(usage, acknowledged, unsaid=1)


@BOTH
def test_forks_after_use(
    mode: str, usage: Any, start: Start, plan: Plan, flush: Callable[[], Any]
) -> None:
    """Case 15, by os.fork."""
    plan = dataclasses.replace(plan, options={**plan.options, "djelme_delivery": mode})
    acknowledged = start("fork", 1, 6, plan=plan).finish()
    assert len(acknowledged) == 6 + 60
    flush()  # the server's short queue may have refused, for the moment, what ended last
    check_exactly_once(usage, acknowledged)


@BOTH
def test_children_of_multiprocessing(
    mode: str, usage: Any, start: Start, plan: Plan, flush: Callable[[], Any]
) -> None:
    """Case 15, by multiprocessing: its children run none of the hooks at the end of a process."""
    plan = dataclasses.replace(plan, options={**plan.options, "djelme_delivery": mode})
    acknowledged = start("pool", 1, plan=plan).finish()
    assert len(acknowledged) == 1 + 30
    flush()
    check_exactly_once(usage, acknowledged)


@BOTH
@pytest.mark.parametrize("way", ["end", "exit", "exception"])
def test_a_process_ends_with_a_full_buffer(
    mode: str, way: str, usage: Any, start: Start, plan: Plan
) -> None:
    """Case 17: what waits is sent at the end, without anybody asking for it."""
    options = {**plan.options, "djelme_delivery": mode, "djelme_batch_delay": 60}
    options |= {"djelme_batch_size": 500, "djelme_shutdown_deadline": 60}
    program = start("leave", 1, way, plan=dataclasses.replace(plan, options=options))
    acknowledged = program.end()
    assert program.process.returncode == (1 if way == "exception" else 0)
    assert len(acknowledged) == 100
    check_exactly_once(usage, acknowledged)


def test_termination_with_a_full_buffer(usage: Any, start: Start, plan: Plan) -> None:
    """Case 17: SIGTERM ends the process when what waits is sent, without anybody asking for it."""
    options = {**plan.options, "djelme_batch_delay": 60, "djelme_batch_size": 500}
    options |= {"djelme_shutdown_deadline": 60}
    program = start("leave", 1, "term", plan=dataclasses.replace(plan, options=options))
    acknowledged = program.end()
    assert program.process.returncode == -signal.SIGTERM
    assert len(acknowledged) == 100
    check_exactly_once(usage, acknowledged)


def test_the_clock_jumps_back_an_hour(
    usage: Any, start: Start, flush: Callable[[], Any], server: Server
) -> None:
    """Case 18, while the server is frozen for a part of it."""
    program = start("jump", 1)
    program.wait_for(50)
    with server.frozen():
        program.wait_for(250)
    acknowledged = program.finish()
    assert len(acknowledged) == 300
    flush()
    check_exactly_once(usage, acknowledged)
