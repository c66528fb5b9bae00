"""Sets of figures, whoever worked them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ("Destination", "FlightSummary", "MonthlyFigures", "VisitSummary")


@dataclass(frozen=True)
class Destination:
    """The flights to one airport.

    Attributes:
        code: of the airport.
        flights: how many.
        miles: sum of their distances.
        arrivals: how many of them have an arrival delay.
        delay: sum of the arrival delays, in minutes.
    """

    code: str
    flights: int
    miles: int
    arrivals: int
    delay: int

    @property
    def mean_delay(self) -> float | None:
        """The mean arrival delay in minutes, None if none arrived."""
        return self.delay / self.arrivals if self.arrivals else None


class MonthlyFigures(NamedTuple):
    """What is reported of a month, a destination and an airline.

    Attributes:
        flights: how many.
        cancelled: how many of them never left.
        miles: sum of their distances.
        aircraft: how many different ones, by their tail numbers.
        departure_delay: sum of the departure delays of those that left, in minutes.
        arrivals: how many of them have an arrival delay.
        arrival_delay: sum of the arrival delays, in minutes.
    """

    flights: int
    cancelled: int
    miles: int
    aircraft: int
    departure_delay: int
    arrivals: int
    arrival_delay: int


@dataclass(frozen=True)
class FlightSummary:
    """The flights of a search.

    Attributes:
        flights: how many.
        cancelled: how many of them never left.
        miles: sum of their distances.
        departure_delay: sum of the departure delays of those that left, in minutes.
        months: how many in each month (UTC) from the first to the last, by "2013-01".
        destinations: by number of flights, most first, then by code.
        carriers: how many of each airline, most first, then by code.
    """

    flights: int = 0
    cancelled: int = 0
    miles: int = 0
    departure_delay: int = 0
    months: dict[str, int] = field(default_factory=dict)
    destinations: list[Destination] = field(default_factory=list)
    carriers: dict[str, int] = field(default_factory=dict)

    @property
    def mean_departure_delay(self) -> float | None:
        """The mean departure delay in minutes, None if none left."""
        departures = self.flights - self.cancelled
        return self.departure_delay / departures if departures else None


@dataclass(frozen=True)
class VisitSummary:
    """The visits of a search.

    Attributes:
        visits: how many.
        by_path: how many by path and status.
        mean_ms: mean duration in milliseconds, None without visits.
    """

    visits: int = 0
    by_path: dict[tuple[str, int], int] = field(default_factory=dict)
    mean_ms: float | None = None

    @property
    def by_status(self) -> dict[int, int]:
        """How many by status, in the order of the statuses."""
        counts: dict[int, int] = {}
        for (_, status), count in sorted(self.by_path.items(), key=lambda item: item[0][1]):
            counts[status] = counts.get(status, 0) + count
        return counts
