"""Time things side by side: in turns, in alternating order, with medians."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ("Sample", "alternate", "alternate_paced", "paced", "timed")


@dataclass(frozen=True)
class Sample:
    """Measured values of one thing.

    Attributes:
        values: in the order in which they were measured; in seconds, unless said otherwise.
    """

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    @property
    def spread(self) -> str:
        """The least and the greatest value, in percent of the median."""
        low, high = min(self.values) / self.median, max(self.values) / self.median
        return f"{low - 1:+.0%} {high - 1:+.0%}"

    def quantile(self, share: float) -> float:
        """Return the value that a share of all values is at most."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def timed(call: Callable[[], object]) -> float:
    """Return how long a call takes, in seconds."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def alternate(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Sample]:
    """Measure several things in turns, every other round in reverse order.

    Args:
        measures: functions that return a measured value, by name.
        rounds: how often each is called.
    """
    values: dict[str, list[float]] = {name: [] for name in measures}
    for name in _turns(list(measures), rounds):
        values[name].append(measures[name]())
    return {name: Sample(tuple(found)) for name, found in values.items()}


def alternate_paced(
    calls: Mapping[str, Callable[[], object]],
    *,
    rates: Mapping[str, int],
    seconds: float,
    rounds: int,
    between: Callable[[str], object],
) -> dict[str, Sample]:
    """Time calls that are made at steady rates, in turns, every other round in reverse order.

    Args:
        calls: what to call, by name.
        rates: calls a second, by name.
        seconds: for how long each is called in a round.
        rounds: how often each gets its turn.
        between: called with the name after each turn.
    """
    values: dict[str, list[float]] = {name: [] for name in calls}
    for name in _turns(list(calls), rounds):
        values[name] += paced(calls[name], rate=rates[name], seconds=seconds).values
        between(name)
    return {name: Sample(tuple(found)) for name, found in values.items()}


def _turns(names: list[str], rounds: int) -> Iterator[str]:
    """Yield whose turn it is; every other round is in reverse order."""
    for number in range(rounds):
        yield from names[:: 1 if number % 2 == 0 else -1]


def paced(call: Callable[[], object], *, rate: int, seconds: float) -> Sample:
    """Time calls that are made at a steady rate.

    Args:
        call: what to call.
        rate: calls a second.
        seconds: for how long.
    """
    values: list[float] = []
    started = time.perf_counter()
    for number in range(int(rate * seconds)):
        wait = started + number / rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        values.append(timed(call))
    return Sample(tuple(values))


def rates(samples: Sequence[Sample], count: int) -> str:
    """Return how many things a second samples of seconds stand for."""
    return ", ".join(f"{count / sample.median:,.0f}/s" for sample in samples)
