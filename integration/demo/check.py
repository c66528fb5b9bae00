"""Compare the figures of Elasticsearch with those of pandas and of the site's visitors."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from http.client import OK
from typing import TYPE_CHECKING

from demo.dataset import airport_names
from demo.flights.metrics import Flight
from demo.report import Comparison
from demo.traffic import ask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo.expectation import Expectation
    from demo.flights.summary import FlightSummary, VisitSummary
    from demo.report import Report

__all__ = ("compare_flights", "compare_ranges", "compare_site", "compare_visits")

TOP = 10
NEW_YORK = timezone(timedelta(hours=-4), "EDT")
#: Ranges that don't end where indexes do, in all the forms that a bound can have.
RANGES: tuple[tuple[str, object, object], ...] = (
    ("the first quarter", "2013-01", "2013-04"),
    ("4 July in UTC", (2013, 7, 4), (2013, 7, 5)),
    (
        "4 July in New York",
        datetime(2013, 7, 4, tzinfo=NEW_YORK),
        datetime(2013, 7, 5, tzinfo=NEW_YORK),
    ),
    ("over the turn of the year", "2013-12-20", "2014-01-02"),
    ("9 February, 16:00 to 17:30", "2013-02-09T16:00", "2013-02-09T17:30"),
    ("the minute 15:45 of 1 March", "2013-03-01T15:45", "2013-03-01T15:46"),
    ("the year before", (2012,), (2013,)),
)


def compare_flights(report: Report, found: FlightSummary, expected: FlightSummary) -> None:
    """Show totals, the histogram by month and the top ten, and compare them."""
    report.compare(
        [
            Comparison("flights", found.flights, expected.flights),
            Comparison("cancelled", found.cancelled, expected.cancelled),
            Comparison("miles", found.miles, expected.miles),
            Comparison(
                "minutes of delay at departure", found.departure_delay, expected.departure_delay
            ),
            Comparison("destinations", len(found.destinations), len(expected.destinations)),
            Comparison("airlines", len(found.carriers), len(expected.carriers)),
        ],
        "pandas",
    )
    report.line()
    report.line("Flights by month (UTC)")
    report.compare(compared(found.months, expected.months), "pandas", bars=True)
    names = airport_names()
    report.line()
    report.line("Top ten destinations")
    report.compare(
        compared(
            {each.code: each.flights for each in found.destinations[:TOP]},
            {each.code: each.flights for each in expected.destinations[:TOP]},
            names,
        ),
        "pandas",
        bars=True,
    )
    compare_rest(report, found, expected)


def compare_rest(report: Report, found: FlightSummary, expected: FlightSummary) -> None:
    """Compare each destination and airline without showing them all."""
    before = len(report.tally.different)
    compared_before = report.tally.compared
    for figure in ("flights", "miles", "arrivals", "delay"):
        for each in compared(
            {each.code: getattr(each, figure) for each in found.destinations},
            {each.code: getattr(each, figure) for each in expected.destinations},
        ):
            report.tally.add(Comparison(f"{figure} to {each.label}", each.found, each.expected))
    for each in compared(found.carriers, expected.carriers):
        report.tally.add(Comparison(f"flights of {each.label}", each.found, each.expected))
    same_order = [each.code for each in found.destinations] == [
        each.code for each in expected.destinations
    ]
    report.tally.add(Comparison("order of destinations", int(same_order), 1))
    count = report.tally.compared - compared_before
    verdict = "all equal" if len(report.tally.different) == before else "DIFFERENT"
    report.line()
    report.line("Not shown: flights, miles, arrivals and delay of each destination, flights of")
    report.line(f"each airline, the order of destinations: {count} figures, {verdict}")


def compare_site(report: Report, address: str, expected: FlightSummary) -> None:
    """Compare the figures that the site gives over HTTP."""
    status, body = ask(address, "GET", "/api/flights/")
    same = status == OK and json.loads(body) == asdict(expected)
    report.tally.add(Comparison("the site's JSON is what pandas says", int(same), 1))
    report.line(f"The same over HTTP, from the site's JSON: {'equal' if same else 'DIFFERENT'}")


def compare_ranges(report: Report, expectation: Expectation) -> None:
    """Show the counts of ranges of time that don't end where indexes do, and compare them."""
    report.compare(
        [
            Comparison(
                label,
                Flight.search_timeseries_range(start, end).count(),
                expectation.count(start, end),
            )
            for label, start, end in RANGES
        ],
        "pandas",
    )


def compare_visits(
    report: Report, found: VisitSummary, answered: Mapping[tuple[str, int], int]
) -> None:
    """Show the visits by status, and compare each path and status with what was answered."""
    by_status: dict[int, int] = {}
    for (_, status), count in answered.items():
        by_status[status] = by_status.get(status, 0) + count
    report.compare(
        [
            Comparison("requests", found.visits, sum(answered.values())),
            *(
                Comparison(f"answered {status}", found.by_status.get(status, 0), count)
                for status, count in sorted(by_status.items())
            ),
        ],
        "visitors",
    )
    paths = compared(
        {f"{path} ({status})": count for (path, status), count in found.by_path.items()},
        {f"{path} ({status})": count for (path, status), count in answered.items()},
    )
    equal = sum(report.tally.add(each).equal for each in paths)
    report.line(f"each path and status by itself: {equal} of {len(paths)} equal")


def compared(
    found: Mapping[str, int], expected: Mapping[str, int], notes: Mapping[str, str] | None = None
) -> list[Comparison]:
    """Return a comparison for each key of either mapping; a missing count is 0."""
    notes = notes or {}
    keys = dict.fromkeys([*found, *expected])
    return [
        Comparison(key, found.get(key, 0), expected.get(key, 0), notes.get(key, "")) for key in keys
    ]
