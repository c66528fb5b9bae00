"""The record types of the app."""

from __future__ import annotations

from typing import ClassVar

from demo.imp import CyclicReport, EventRecord
from elasticsearch_metrics.report import Count, CountDistinct, Sum

__all__ = ("Flight", "MonthlyFlights", "Visit")


class Flight(EventRecord):
    """A flight that was planned to leave one of New York's airports; its time is the planned one.

    Attributes:
        destination: code of an airport, such as "ATL": the item that is counted.
        origin: code of the airport in New York.
        carrier: code of the airline.
        flight_number: the airline's number.
        tail_number: what is painted on the aircraft, where it is known.
        distance: in miles.
        departure_delay: in minutes, below zero if early; None if it never left.
        arrival_delay: in minutes, below zero if early; None if it never arrived as planned.
        air_time: in minutes; None as for `arrival_delay`.
    """

    destination: str
    origin: str
    carrier: str
    flight_number: int
    tail_number: str | None
    distance: int
    departure_delay: int | None
    arrival_delay: int | None
    air_time: int | None

    # Loading the same flight again finds it there instead of doubling it.
    UNIQUE_TOGETHER_FIELDS: ClassVar[tuple[str, ...]] = (
        "timestamp",
        "carrier",
        "flight_number",
        "origin",
    )

    class Index:
        settings: ClassVar[dict[str, int]] = {"number_of_shards": 1, "number_of_replicas": 0}

    class Meta:
        timedepth = 2  # an index a month


class MonthlyFlights(CyclicReport):
    """The flights of a month (UTC) to one destination by one airline.

    What each figure is stands in `demo.flights.summary.MonthlyFigures`.
    """

    CYCLE_TIMEDEPTH: ClassVar[int] = 2  # a month
    UNIQUE_TOGETHER_FIELDS: ClassVar[tuple[str, ...]] = ("cycle_coverage", "destination", "carrier")

    destination: str
    carrier: str
    flights: int
    cancelled: int
    miles: int
    aircraft: int
    departure_delay: int
    arrivals: int
    arrival_delay: int

    class Report:
        source = Flight
        group_by = ("destination", "carrier")
        flights = Count()
        cancelled = Count(filter={"bool": {"must_not": {"exists": {"field": "departure_delay"}}}})
        miles = Sum("distance")
        aircraft = CountDistinct("tail_number")
        departure_delay = Sum("departure_delay")
        arrivals = Count(filter={"exists": {"field": "arrival_delay"}})
        arrival_delay = Sum("arrival_delay")

    class Index:
        settings: ClassVar[dict[str, int]] = {"number_of_shards": 1, "number_of_replicas": 0}

    class Meta:
        timedepth = 1  # an index a year


class Visit(EventRecord):
    """A request to this site; its time is when it came.

    Attributes:
        path: what was asked for, without the query.
        method: of HTTP.
        status: of the response.
        duration_ms: milliseconds until the response was ready.
    """

    path: str
    method: str
    status: int
    duration_ms: float

    class Index:
        settings: ClassVar[dict[str, int]] = {"number_of_shards": 1, "number_of_replicas": 0}

    class Meta:
        timedepth = 3  # an index a day
