"""Build the monthly reports of the flights, and compare every figure with pandas."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from demo.bar import seconds_text
from demo.flights.figure import summarise_reports
from demo.flights.metrics import MonthlyFlights
from demo.flights.summary import MonthlyFigures
from demo.flights.views import FROM, UNTIL
from demo.report import Comparison

if TYPE_CHECKING:
    from demo.expectation import Expectation
    from demo.report import Report

__all__ = ("build_reports",)

#: How many reports a search gives at a time.
PAGE = 1_000


def build_reports(report: Report, expectation: Expectation) -> None:
    """Build each month that has flights, and compare what is stored.

    Raises:
        djelme.errors.DjelmeError: if Elasticsearch can't be reached or refuses.
    """
    expected = expectation.reports()
    started = time.monotonic()
    for month in sorted({month for month, _, _ in expected}):
        MonthlyFlights.build(month)
    seconds = seconds_text(time.monotonic() - started)
    MonthlyFlights.refresh()
    found = stored_reports()
    report.line(f"{len(found):,} reports by month, destination and airline, built in {seconds}")
    report.compare([Comparison("reports", len(found), len(expected))], "pandas")
    before = len(report.tally.different)
    nothing = MonthlyFigures(*[0] * len(MonthlyFigures._fields))
    for group in sorted(found.keys() | expected.keys()):
        pair = zip(found.get(group, nothing), expected.get(group, nothing), strict=True)
        for name, (has, wants) in zip(MonthlyFigures._fields, pair, strict=True):
            report.tally.add(Comparison(f"{name} of {' '.join(group)}", has, wants))
    verdict = "all equal" if len(report.tally.different) == before else "DIFFERENT"
    report.line(f"{', '.join(MonthlyFigures._fields[:4])} and delays of each: {verdict}")
    year = summarise_reports(MonthlyFlights.search_timeseries_range(FROM, UNTIL))
    same = year == expectation.summary()
    report.tally.add(Comparison("the year from reports is what pandas says", int(same), 1))
    report.line(f"The year page is drawn from their sums: {'equal' if same else 'DIFFERENT'}")


def stored_reports() -> dict[tuple[str, str, str], MonthlyFigures]:
    """Return the figures of all reports that readers see, by month, destination and airline."""
    names = MonthlyFigures._fields
    search = MonthlyFlights.search_timeseries_range(FROM, UNTIL)
    return {
        (each.cycle_coverage, each.destination, each.carrier): MonthlyFigures(
            *(getattr(each, name) for name in names)
        )
        for each in search.params(size=PAGE).scan()
    }
