"""The other story: flights move from Elasticsearch 6 to 8 while a site goes on writing them.

`scripts/demo --migrate` tells it. Everything that a user would type is done by the same command,
and what it prints is shown.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
import warnings
from itertools import islice
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from demo.dataset import FLIGHTS, each_flight
from demo.report import Comparison
from djelme_testing import StreamProgress, start_cluster

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from demo.report import Report
    from djelme_testing import Cluster

__all__ = ("tell_migration",)

NAME = "flights.FlightMigration"
#: How many flights there are before the migration, unless told otherwise.
BEFORE = 40_000
#: How many flights a second the site writes meanwhile.
RATE = 100
_IMPS = ("elasticsearch_metrics.imps.elastic6", "elasticsearch_metrics.imps.elastic8")
_FIGURES = ("distance", "departure_delay", "arrival_delay", "air_time")


def tell_migration(report: Report, count: int | None) -> int:
    """Tell the story on clusters of its own; return the number of flights.

    Args:
        report: where it is told.
        count: how many flights there are before the migration, None for the usual number.

    Raises:
        djelme_testing.ClusterError: if a cluster can't be had.
        CommandError: if a step of the migration can't be done.
    """
    with report.step("Start Elasticsearch 6 and 8"):
        old = _start("6", report)
        new = _start("8", report)
    with old, new:
        _set_up(old, new)
        types = _Types()
        try:
            return _tell(report, types, min(count or BEFORE, FLIGHTS // 2))
        finally:
            if "url" in {old.provider, new.provider}:
                types.remove()


def _start(version: str, report: Report) -> Cluster:
    provider = os.environ.get("DJELME_CLUSTERS") or "embedded"
    return start_cluster(version, provider=provider, progress=StreamProgress(report.stream))


def _set_up(old: Cluster, new: Cluster) -> None:
    prefix = f"demo_{secrets.token_hex(4)}_"
    backends: dict[str, Any] = {}
    for name, imp, cluster in zip(("old", "new"), _IMPS, (old, new), strict=True):
        options = {**cluster.client_options, "djelme_default_index_name_prefix": prefix}
        backends[name] = {imp: options}
    settings.configure(
        DJELME_BACKENDS=backends,
        INSTALLED_APPS=["elasticsearch_metrics", "elasticsearch_metrics.migration"],
        # The warnings of checks would be about the demonstration's single nodes.
        SILENCED_SYSTEM_CHECKS=["djelme.W020"],
        USE_TZ=True,
    )
    django.setup()


class _Types:
    """What a site would have in its metrics.py."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # That elastic6 is there for migrations is what this is about.
            warnings.simplefilter("ignore", DeprecationWarning)
            from elasticsearch_metrics.imps import elastic6
        from elasticsearch_metrics.imps import elastic8
        from elasticsearch_metrics.migration import Migration

        class OldFlight(elastic6.EventRecord):
            destination: str
            origin: str
            carrier: str
            flight_number: int
            tail_number: str | None
            distance: int
            departure_delay: int | None
            arrival_delay: int | None
            air_time: int | None

            class Index:
                settings = {"number_of_shards": 1, "number_of_replicas": 0}  # noqa: RUF012 - as a site writes it

            class Meta:
                app_label = "flights"
                timedepth = 3  # an index a day

        class Flight(elastic8.EventRecord):
            destination: str
            origin: str
            carrier: str
            flight_number: int
            tail_number: str | None
            distance: int
            departure_delay: int | None
            arrival_delay: int | None
            air_time: int | None

            class Index:
                settings = {"number_of_shards": 1, "number_of_replicas": 0}  # noqa: RUF012 - as a site writes it

            class Meta:
                app_label = "flights"
                timedepth = 2  # an index a month

        class FlightMigration(Migration):
            app_label = "flights"
            source = OldFlight
            target = Flight

        self.OldFlight: Any = OldFlight
        self.Flight: Any = Flight
        self.FlightMigration: Any = FlightMigration
        for recordtype in (OldFlight, Flight):
            recordtype.sync_index_template()

    def remove(self) -> None:
        """Delete what the story leaves on somebody's clusters."""
        from elasticsearch_metrics.migration.state.store import StateStore

        store = StateStore(self.FlightMigration)
        store.backend.delete_indexes([store.index])
        store.backend.delete_template(store.index)
        for recordtype in (self.OldFlight, self.Flight):
            backend = recordtype.get_backend()
            backend.delete_indexes([index.name for index in recordtype.each_existing_index()])
            backend.delete_template(recordtype.get_timeseries_template_name())


class _Site(threading.Thread):
    """Writes flights at a steady rate, as a site does, until it is stopped."""

    def __init__(self, types: _Types, flights: Iterator[dict[str, object]]) -> None:
        super().__init__(name="site", daemon=True)
        self._types = types
        self._flights = flights
        self._stopping = threading.Event()
        self.written: list[dict[str, object]] = []
        self.failure: Exception | None = None

    def run(self) -> None:
        """Write."""
        began = time.monotonic()
        try:
            for number, flight in enumerate(self._flights):
                if self._stopping.wait(max(0.0, began + number / RATE - time.monotonic())):
                    return
                self._types.FlightMigration.record(**flight)
                self.written.append(flight)
        except Exception as error:  # noqa: BLE001 - told by `stop`
            self.failure = error

    def stop(self) -> None:
        """End writing.

        Raises:
            Exception: what went wrong meanwhile.
        """
        self._stopping.set()
        self.join()
        if self.failure is not None:
            raise self.failure


def _tell(report: Report, types: _Types, count: int) -> int:
    from elasticsearch_metrics.migration.dual_write.writer import dual_writer

    flights = each_flight()
    before = list(islice(flights, count))
    with report.step(f"Store {count:,} flights in Elasticsearch 6"):
        types.OldFlight.bulk_record(before, senders=2)
        types.OldFlight.refresh()
        report.line(f"{types.OldFlight.search().count():,} are there")
    site = _Site(types, flights)
    site.start()
    try:
        report.line(f"From now on, a site writes {RATE} flights a second.")
        for title, step in (
            ("See what will be copied", ["plan", NAME]),
            ("Write to both from now on", ["start", NAME]),
            ("Copy what is there", ["backfill", NAME]),
            ("Compare", ["verify", NAME]),
            ("Ask Elasticsearch 8 from now on", ["cutover", NAME]),
        ):
            with report.step(title):
                _run(report, step)
                report.line(f"The site has written {len(site.written):,} flights meanwhile.")
        time.sleep(1.0)
    finally:
        site.stop()
    dual_writer.flush(30)
    everything = [*before, *site.written]
    with report.step("Count once more, against the list of what was written"):
        types.Flight.refresh()
        _compare(report, types.Flight, everything)
    with report.step("End it"):
        _run(report, ["finish", NAME])
        _run(report, ["status", NAME])
    return len(everything)


def _run(report: Report, arguments: list[str]) -> None:
    """Show a command as it is typed, and what it prints."""
    report.line(report.style("1", f"$ python manage.py djelme_migrate {' '.join(arguments)}"))
    try:
        call_command("djelme_migrate", *arguments, stdout=_Indented(report.stream))
    except CommandError as error:
        report.line(str(error))
        raise


class _Indented:
    """A stream whose lines are those of a step."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def isatty(self) -> bool:
        """Say that plain lines are wanted."""
        return False

    def write(self, text: str) -> None:
        """Write lines."""
        for line in text.splitlines():
            self._stream.write(f"   {line}".rstrip() + "\n")

    def flush(self) -> None:
        """Show what was written."""
        self._stream.flush()


def _compare(report: Report, recordtype: Any, flights: Iterable[dict[str, object]]) -> None:
    """Compare figures of Elasticsearch 8 with those of the flights that were written."""
    listed = list(flights)
    search = recordtype.search().extra(track_total_hits=True)[:0]
    for name in _FIGURES:
        search.aggs.metric(name, "sum", field=name)
    answer = search.execute()
    expected = {name: sum(_number(flight[name]) for flight in listed) for name in _FIGURES}
    report.compare(
        [
            Comparison("flights", answer.hits.total.value, len(listed)),
            *(
                Comparison(
                    f"sum of {name.replace('_', ' ')}",
                    round(getattr(answer.aggregations, name).value),
                    expected[name],
                )
                for name in _FIGURES
            ),
        ],
        "written",
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
