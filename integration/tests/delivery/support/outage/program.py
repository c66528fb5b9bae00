"""Run programs that record, and know what was acknowledged to them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outage.ledger import until

if TYPE_CHECKING:
    import signal
    from collections.abc import Sequence

__all__ = ("Plan", "Program")

_SUPPORT = Path(__file__).parents[1]
_END_SECONDS = 120


@dataclass(frozen=True)
class Plan:
    """What a program has to know.

    Attributes:
        imp: path of its imp.
        options: of its backend.
        prefix: what the names of indexes and templates begin with.
    """

    imp: str
    options: dict[str, Any]
    prefix: str

    def to_json(self) -> str:
        """Return it as a program reads it."""
        return json.dumps({"imp": self.imp, "options": self.options, "prefix": self.prefix})


class Program:
    """A process that records; what it says goes to a file, which no end of it can lose.

    Args:
        plan: what it has to know.
        folder: where its output goes.
        action: what it does, see `outage.worker`.
        arguments: of the action.
        wrapper: a command that runs it.
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        action: str,
        *arguments: object,
        wrapper: Sequence[str] = (),
    ) -> None:
        self._output = folder / f"{action}-{os.urandom(4).hex()}"
        self._error = self._output.with_suffix(".err")
        command = [sys.executable, "-m", "outage.worker", action, *map(str, arguments)]
        with self._output.open("wb") as output, self._error.open("wb") as error:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [*wrapper, *command],
                stdout=output,
                stderr=error,
                env=environment(plan),
            )

    @property
    def said(self) -> list[str]:
        """The whole lines that it has said so far."""
        text = self._output.read_text()
        return text[: text.rfind("\n") + 1].split("\n")[:-1]

    @property
    def acknowledged(self) -> list[int]:
        """The items for which `record()` has returned so far."""
        return [int(line) for line in self.said if line.isdigit()]

    @property
    def complaints(self) -> str:
        """What it has written to its standard error."""
        return self._error.read_text()

    def wait_for(self, count: int) -> None:
        """Wait until so many items are acknowledged, or more."""
        until(
            lambda: len(self.acknowledged) >= count or self.process.poll() is not None,
            f"{count} records",
        )
        assert len(self.acknowledged) >= count, self.complaints

    def kill(self) -> list[int]:
        """Kill it, and return what was acknowledged."""
        self.process.kill()
        self.process.wait(_END_SECONDS)
        return self.acknowledged

    def end(self, number: signal.Signals | None = None) -> list[int]:
        """Wait for its end, after a signal if there is one; return what was acknowledged."""
        if number is not None:
            self.process.send_signal(number)
        self.process.wait(_END_SECONDS)
        return self.acknowledged

    def finish(self) -> list[int]:
        """Wait for its successful end; return what was acknowledged."""
        acknowledged = self.end()
        assert self.process.returncode == 0, self.complaints
        return acknowledged

    def close(self) -> None:
        """See that nothing is left of it."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(_END_SECONDS)


def environment(plan: Plan) -> dict[str, str]:
    """Return the environment of a process that works by a plan."""
    return {
        **os.environ,
        "PYTHONPATH": str(_SUPPORT),
        "PYTHONWARNINGS": "ignore",
        "OUTAGE_PLAN": plan.to_json(),
    }
