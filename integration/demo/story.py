"""The steps of the demonstration, in their order.

This module needs a Django that is set up; see `demo.__main__`.
"""

from __future__ import annotations

import io
import threading
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from demo.check import compare_flights, compare_ranges, compare_site, compare_visits
from demo.flights.figure import summarise_flights, summarise_visits
from demo.flights.metrics import Flight, Visit
from demo.flights.views import FROM, UNTIL
from demo.load import load_flights
from demo.monthly import build_reports
from demo.outage import survive_outage
from demo.report import Comparison
from demo.server import serve
from demo.staff import Application, make_login
from demo.traffic import plan, send
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from demo.expectation import Expectation
    from demo.report import Report
    from djelme_testing import Cluster

__all__ = ("remove_records", "tell")

#: How many flights are sent a second time, to see that none is doubled.
AGAIN = 2_000
#: How long the last visits may take to be stored, in seconds.
LAST_SECONDS = 10.0
#: Where the admin shows record types.
RECORD_TYPES = "admin/elasticsearch_metrics/recordtype/"


def tell(
    report: Report,
    options: Namespace,
    count: int,
    expectation: Callable[[], Expectation],
    cluster: Cluster,
) -> int:
    """Set up, load, serve, visit, and compare; return how many visits there were.

    Args:
        report: where to write; its tally has the comparisons.
        options: of the command line.
        count: how many flights to load.
        expectation: gives the same flights by pandas.
        cluster: where Elasticsearch runs, for an outage.

    Raises:
        djelme.errors.DjelmeError: if Elasticsearch can't be reached or refuses.
        OSError: if the site can't be served.
        djelme_testing.ClusterError: if the cluster can't be killed or doesn't come back.
    """
    visits: int = options.requests
    with report.step("Set up the record types"):
        set_up(report)
    with report.step(f"Load {count:,} flights with bulk_record"):
        load(report, count)
    with report.step("Build monthly reports, and compare with pandas"):
        build_reports(report, expectation())
    with ExitStack() as stack:
        # The last visits come while figures are compared, and the cluster ends after this.
        stack.callback(Visit.get_backend().flush, LAST_SECONDS)
        with report.step(f"Serve the site and send it {options.requests:,} requests"):
            application = Application(get_wsgi_application())
            address = stack.enter_context(serve(application, options.port))
            visit(report, address, options.requests)
        with report.step("Ask for the year, and compare with pandas"):
            summary = summarise_flights(Flight.search_timeseries_range(FROM, UNTIL))
            expected = expectation().summary()
            compare_flights(report, summary, expected)
            compare_site(report, address, expected)
        with report.step("Ask for other ranges, and compare with pandas"):
            compare_ranges(report, expectation())
        if options.outage:
            with report.step("Kill Elasticsearch while the site takes traffic"):
                airports = [each.code for each in summary.destinations]
                visits += survive_outage(report, cluster, address, airports)
        if options.serve:
            stay(report, address)
    return visits


def set_up(report: Report) -> None:
    """Run `djelme_backend_setup` and show what it says."""
    said = io.StringIO()
    call_command("djelme_backend_setup", stdout=said, no_color=True)
    for line in said.getvalue().splitlines():
        report.line(line)


def load(report: Report, count: int) -> None:
    """Load the flights, then some of them again."""
    done = load_flights(count, report.stream)
    report.line(f"{done.created:,} records in {done.seconds:.1f} s: {done.rate:,.0f} a second")
    indexes = [index.name for index in Flight.each_existing_index()]
    if len(indexes) == 1:
        report.line(f"1 index, {indexes[0]}")
    else:
        report.line(f"{len(indexes)} indexes, from {indexes[0]} to {indexes[-1]}")
    again = load_flights(count, report.stream, min(count, AGAIN))
    report.line(
        f"the first {again.existing + again.created:,} sent again: {again.existing:,} were there, "
        f"{again.created:,} are new"
    )
    report.tally.add(Comparison("records after the first load", Flight.search().count(), count))
    report.tally.add(Comparison("new records of the second load", again.created, 0))


def visit(report: Report, address: str, requests: int) -> None:
    """Send requests to the site, and compare what it recorded with what was answered."""
    report.line(f"the site is at {address}")
    top = summarise_flights(Flight.search_timeseries_range(FROM, UNTIL)).destinations
    began = utcnow()
    planned = plan(requests, [destination.code for destination in top])
    # The first one makes an index, and a search that meets one in the making fails.
    answered = send(address, planned[:1])
    backend: Any = Visit.get_backend()
    backend.flush()
    backend.request("GET", "/_cluster/health", params={"wait_for_status": "yellow"})
    answered += send(address, planned[1:])
    backend.flush()
    Visit.refresh()
    recorded = summarise_visits(
        Visit.search_timeseries_range(began, utcnow() + timedelta(milliseconds=1))
    )
    if recorded.mean_ms is not None:
        report.line(f"each page took {recorded.mean_ms:.0f} ms on average")
    compare_visits(report, recorded, answered)
    report.tally.add(
        Comparison(
            "answers of the planned status",
            (answered & Counter((each.path, each.status) for each in planned)).total(),
            requests,
        )
    )


def stay(report: Report, address: str) -> None:
    """Keep the site up until Ctrl-C.

    Raises:
        KeyboardInterrupt: then.
    """
    login = make_login()
    report.stream.write("\n")
    report.title(f"The site is at {address}  Ctrl-C stops it.")
    report.line(f"its records in Django's admin: {address}{RECORD_TYPES}")
    report.line(f"log in there as {login.name} with the password {login.password}")
    threading.Event().wait()


def remove_records() -> None:
    """Delete the indexes and templates of this run, for a cluster that goes on without it."""
    for recordtype in djelme_registry.each_recordtype("flights"):
        backend = recordtype.get_backend()
        backend.delete_indexes([index.name for index in recordtype.each_existing_index()])
        backend.delete_template(recordtype.get_timeseries_template_name())
