"""Faults in any order: processes and servers are killed, silent, or away, and answers get lost.

``OUTAGE_SEED`` repeats what a run has printed.
"""

from __future__ import annotations

import dataclasses
import os
import random
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from outage.ledger import check_exactly_once, until

from djelme.delivery.spool_report import inspect_spool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from outage.program import Plan, Program
    from outage.proxy import Proxy
    from outage.server import Server

SEED = int(os.environ.get("OUTAGE_SEED", "20261124"))
_STEPS = 40
_MOST_PROGRAMS = 4


class Chaos:
    """Does what can happen, and keeps the books.

    Attributes:
        acknowledged: the items of the processes that were killed.
        killed: how many these are.
    """

    def __init__(
        self, server: Server, proxy: Proxy, start: Callable[..., Program], plan: Plan
    ) -> None:
        self.acknowledged: list[int] = []
        self.killed = 0
        self.living: list[Program] = []
        self._chance = random.Random(SEED)  # noqa: S311 - to be repeated
        self._server, self._proxy, self._start = server, proxy, start
        behind = dataclasses.replace(plan, options={**plan.options, "hosts": proxy.url})
        self._plans = [plan, behind]
        self._actions = {
            self.begin: 30,
            self.kill: 25,
            self.freeze: 15,
            self.crash: 8,
            self.lose: 22,
        }

    def step(self) -> str:
        """Do anything, and return what."""
        (action,) = self._chance.choices(list(self._actions), list(self._actions.values()))
        if action == self.begin and len(self.living) == _MOST_PROGRAMS:
            action = self.kill
        action()
        time.sleep(self._chance.uniform(0, 1.5))
        return action.__name__

    def begin(self) -> None:
        number = self.killed + len(self.living) + 1
        pause = self._chance.choice([0.005, 0.01, 0.05])
        plan = self._chance.choice(self._plans)
        self.living.append(self._start("stream", number, pause, plan=plan))

    def kill(self) -> None:
        if self.living:
            victim = self.living.pop(self._chance.randrange(len(self.living)))
            self.acknowledged += victim.kill()
            self.killed += 1

    def freeze(self) -> None:
        with self._server.frozen():
            time.sleep(self._chance.uniform(0, 8))

    def crash(self) -> None:
        with self._server.killed():
            time.sleep(self._chance.uniform(0, 2))
            self._chance.choice([self.begin, self.kill, self.lose])()

    def lose(self) -> None:
        self._proxy.lose_answers(times=self._chance.randint(1, 5))


@pytest.mark.slow
@pytest.mark.usefixtures("every_imp")
def test_faults_in_any_order(
    *,
    usage: Any,
    plan: Plan,
    start: Callable[..., Program],
    server: Server,
    proxy: Proxy,
    flush: Callable[[], Any],
    spool_dir: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Cases 1, 2, 5, 8 and 14."""

    def say(text: str) -> None:
        with capfd.disabled():
            sys.stdout.write(f"{text}\n")

    chaos = Chaos(server, proxy, start, plan)
    say(f"\nOUTAGE_SEED={SEED}")
    chaos.begin()
    steps = [chaos.step() for _ in range(_STEPS)]
    say(" ".join(steps))
    proxy.behave()
    if not chaos.living:
        chaos.begin()
    # The last one that lives delivers for all the others.
    while len(chaos.living) > 1:
        chaos.kill()
    chaos.living[0].wait_for(1)
    until(
        lambda: all(segment.alive for segment in inspect_spool(spool_dir, "main").segments),
        "the claim of what the killed have left",
    )
    chaos.kill()
    flush()
    say(f"{len(chaos.acknowledged):,} records by {chaos.killed} processes that were killed")
    check_exactly_once(usage, chaos.acknowledged, unsaid=chaos.killed)
