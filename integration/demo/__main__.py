"""Run the demonstration: start Elasticsearch, set Django up, tell the story, end all of it."""

from __future__ import annotations

import os
import secrets
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import django

from demo.bar import seconds_text
from demo.dataset import FLIGHTS
from demo.expectation import Expectation
from demo.options import parse
from demo.report import Report
from djelme.errors import DjelmeError
from djelme_testing import Cluster, ClusterError, StreamProgress, start_cluster

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable
    from types import FrameType

INTERRUPTED = 130
#: When scripts/demo began, in seconds of time.time(): making the environment takes time, too.
STARTED = float(os.environ.get("DEMO_STARTED") or time.time())


def main() -> int:
    """Run it all; return the exit code."""
    options = parse()
    report = Report(sys.stdout)
    signal.signal(signal.SIGTERM, end)
    if options.migrate:
        return migrate(report, options.records)
    count = min(options.records or FLIGHTS, FLIGHTS)
    report.title("A year of flights: through Django into Elasticsearch and back, figure by figure")
    try:
        # Pandas reads the data while Elasticsearch starts.
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(Expectation.read, count)
            with report.step(f"Start Elasticsearch {options.elasticsearch}"):
                cluster = start(options.elasticsearch, report)
            with cluster:
                visits = tell_on(cluster, report, options, count, reading.result)
    except KeyboardInterrupt:
        if not options.serve or not report.tally.compared:
            report.line("stopped by Ctrl-C")
            return INTERRUPTED
        visits = options.requests
    except (ClusterError, DjelmeError, HTTPException, OSError) as error:
        print(f"\nscripts/demo: {error}", file=sys.stderr)  # noqa: T201 - for the person
        return 1
    return conclude(report, count, visits)


def migrate(report: Report, count: int | None) -> int:
    """Tell the story of a migration; return the exit code."""
    from django.core.management.base import CommandError

    from demo.migrate import tell_migration

    report.title("From Elasticsearch 6 to 8 while the site goes on writing")
    try:
        flights = tell_migration(report, count)
    except KeyboardInterrupt:
        report.line("stopped by Ctrl-C")
        return INTERRUPTED
    except (ClusterError, CommandError, DjelmeError, OSError) as error:
        print(f"\nscripts/demo: {error}", file=sys.stderr)  # noqa: T201 - for the person
        return 1
    if report.tally.different:
        report.title(f"{len(report.tally.different)} figures differ")
        return 1
    seconds = seconds_text(time.time() - STARTED)
    report.stream.write("\n")
    report.title(f"Proven in {seconds}: {flights:,} flights are in Elasticsearch 8, once each.")
    return 0


def end(number: int, _frame: FrameType | None) -> None:
    """Leave by an exception, so that everything is stopped on the way out."""
    sys.exit(128 + number)


class StepProgress(StreamProgress):
    """Show how a cluster is fetched and started as lines of a step."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.stream)
        self._report = report

    def line(self, text: str) -> None:
        """Write one line."""
        self._report.line(text)


def start(elasticsearch: str, report: Report) -> Cluster:
    """Return a cluster; an embedded one unless DJELME_CLUSTERS asks for another."""
    provider = os.environ.get("DJELME_CLUSTERS") or "embedded"
    return start_cluster(elasticsearch, provider=provider, progress=StepProgress(report))


def tell_on(
    cluster: Cluster,
    report: Report,
    options: Namespace,
    count: int,
    expectation: Callable[[], Expectation],
) -> int:
    """Set Django up for the cluster, tell the story there, and return how many visits there were.

    Raises:
        djelme.errors.DjelmeError: if records can't be stored.
        OSError: if the site can't be served, or the cluster can't be asked.
    """
    from djelme_testing.provider.url import variables_of

    os.environ |= variables_of(cluster)
    os.environ["DEMO_ELASTICSEARCH"] = options.elasticsearch
    if cluster.provider == "url":  # somebody's cluster: stay apart from what else is there
        os.environ["DEMO_INDEX_PREFIX"] = f"demo_{secrets.token_hex(4)}_"
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo.settings"
    folder = TemporaryDirectory(prefix="djelme-demo-", ignore_cleanup_errors=True)
    os.environ["DEMO_DATABASE"] = str(Path(folder.name) / "users.sqlite3")
    os.environ["DEMO_SPOOL_DIR"] = str(Path(folder.name) / "spool")
    if options.outage:
        os.environ["DEMO_OUTAGE"] = "1"
    django.setup()
    from demo.imp import SEARCH_ERRORS
    from demo.story import remove_records, tell

    try:
        with folder:
            return tell(report, options, count, expectation, cluster)
    except SEARCH_ERRORS as error:
        msg = f"Elasticsearch can't be asked: {error}"
        raise ConnectionError(msg) from error
    finally:
        if cluster.provider == "url":
            remove_records()


def conclude(report: Report, count: int, visits: int) -> int:
    """Say what was proven, or what differs; return the exit code."""
    tally = report.tally
    seconds = seconds_text(time.time() - STARTED)
    report.stream.write("\n")
    if tally.different:
        report.title(f"{len(tally.different)} of {tally.compared} figures differ:")
        for each in tally.different:
            report.line(f"{each.label}: {each.found:,}, not {each.expected:,}")
        return 1
    report.title(
        f"Proven in {seconds}: {count:,} flights and {visits:,} visits are stored once each, and "
        f"all {tally.compared:,} figures agree."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
