"""The same figures by pandas, which reads the file by itself: what Elasticsearch has to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from demo.dataset import FLIGHTS, data_file, spread
from demo.flights.summary import Destination, FlightSummary, MonthlyFigures
from djelme.timeparts import parse_range

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ("Expectation",)


@dataclass(frozen=True)
class Expectation:
    """Flights of the data set as a table of pandas.

    Attributes:
        table: the file's columns, and `moment`, the planned departure in UTC.
    """

    table: DataFrame

    @classmethod
    def read(cls, count: int) -> Expectation:
        """Read as many flights of the data set, spread over the year."""
        table = pd.read_csv(data_file("flights.csv.zip"))
        if count < FLIGHTS:
            table = table.iloc[list(spread(count))]
        moment = pd.to_datetime(table["time_hour"]) + pd.to_timedelta(table["minute"], unit="min")
        return cls(table.assign(moment=moment))

    def count(self, from_when: object, until_when: object) -> int:
        """Return how many flights are in a half-open range of time."""
        start, end = parse_range(from_when, until_when)
        return int(((self.table["moment"] >= start) & (self.table["moment"] < end)).sum())

    def reports(self) -> dict[tuple[str, str, str], MonthlyFigures]:
        """Return the figures of each month, destination and airline that has flights."""
        table = self.table.assign(
            month=self.table["moment"].dt.strftime("%Y.%m"),
            cancelled=self.table["dep_delay"].isna(),
        )
        grouped = table.groupby(["month", "dest", "carrier"]).agg(
            flights=("dest", "size"),
            cancelled=("cancelled", "sum"),
            miles=("distance", "sum"),
            aircraft=("tailnum", "nunique"),
            departure_delay=("dep_delay", "sum"),
            arrivals=("arr_delay", "count"),
            arrival_delay=("arr_delay", "sum"),
        )
        return {
            group: MonthlyFigures(*map(int, figures))
            for group, *figures in grouped.itertuples(name=None)
        }

    def summary(self) -> FlightSummary:
        """Return the figures of all flights."""
        table = self.table
        months = table["moment"].dt.strftime("%Y-%m").value_counts()
        first, last = table["moment"].min(), table["moment"].max()
        every = pd.period_range(first.strftime("%Y-%m"), last.strftime("%Y-%m"), freq="M")
        by_destination = table.groupby("dest").agg(
            flights=("dest", "size"),
            miles=("distance", "sum"),
            arrivals=("arr_delay", "count"),
            delay=("arr_delay", "sum"),
        )
        destinations = [
            Destination(str(code), int(flights), int(miles), int(arrivals), int(delay))
            for code, flights, miles, arrivals, delay in by_destination.itertuples()
        ]
        carriers = sorted(table["carrier"].value_counts().items(), key=_most_first)
        return FlightSummary(
            flights=len(table),
            cancelled=int(table["dep_delay"].isna().sum()),
            miles=int(table["distance"].sum()),
            departure_delay=int(table["dep_delay"].sum()),
            months={str(month): int(months.get(str(month), 0)) for month in every},
            destinations=sorted(destinations, key=lambda each: (-each.flights, each.code)),
            carriers={str(code): int(count) for code, count in carriers},
        )


def _most_first(item: tuple[object, int]) -> tuple[int, str]:
    return -item[1], str(item[0])
