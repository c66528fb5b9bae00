"""Kill Elasticsearch while the site takes traffic, and see that no visit is lost or doubled."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from demo.check import compare_visits
from demo.flights.figure import summarise_visits
from demo.flights.metrics import Visit
from demo.report import Comparison, bar
from demo.traffic import ask, plan
from elasticsearch_metrics.recordtype.timeseries import utcnow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from demo.report import Report
    from djelme_testing import Cluster

__all__ = ("survive_outage",)

CLIENTS = 2
PAUSE = 0.02  # seconds between two requests of a client
LOOK = 1.0  # seconds between two lines
PHASE = 3.0  # seconds that each phase lasts at least
BAR_WIDTH = 30
UP_TO_DATE = 2.0  # seconds that a visit may wait after the outage
DRAIN_SECONDS = 120.0


class Traffic:
    """Visitors who ask for page after page, whatever they are answered.

    Attributes:
        answered: how often each path had each status.
    """

    def __init__(self, address: str, airports: Sequence[str]) -> None:
        self.answered: Counter[tuple[str, int]] = Counter()
        self._address = address
        self._requests = itertools.cycle(plan(500, airports))
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(CLIENTS)
        self._clients = [self._pool.submit(self._visit) for _ in range(CLIENTS)]

    def _visit(self) -> None:
        while not self._ended.wait(PAUSE):
            with self._lock:
                request = next(self._requests)
            status, _ = ask(self._address, request.method, request.target)
            with self._lock:
                self.answered[request.path, status] += 1

    def end(self) -> None:
        """Send no more, and wait for the last answers.

        Raises:
            OSError: if the site could not be reached.
            http.client.HTTPException: if it didn't answer as HTTP demands.
        """
        self._ended.set()
        self._pool.shutdown()
        for client in self._clients:
            client.result()


class Watch:
    """Writes a line about the delivery now and then.

    Attributes:
        most_waiting: most visits that waited at a time.
        longest_lag: longest time that one has waited, in seconds, as far as was seen.
    """

    def __init__(self, report: Report, traffic: Traffic) -> None:
        self._report = report
        self._traffic = traffic
        self._backend = Visit.get_backend()
        self._started = time.monotonic()
        self.most_waiting = 0
        self.longest_lag = 0.0

    def look(self) -> None:
        """Write a line."""
        stats = self._backend.stats()
        waiting = stats.queued + stats.spooled
        self.most_waiting = max(self.most_waiting, waiting)
        self.longest_lag = max(self.longest_lag, stats.lag)
        scale = 10 ** len(str(self.most_waiting))  # in steps, so that a bar that grows looks so
        length = bar(waiting, scale, BAR_WIDTH, "#")
        self._report.line(
            f"{time.monotonic() - self._started:5.0f} s  "
            f"{self._traffic.answered.total():6,} answered  {waiting:6,} wait, "
            f"the oldest {stats.lag:5.1f} s  {length}"
        )

    def is_up_to_date(self) -> bool:
        """Return whether visits wait only for as long as they do in good times."""
        return self._backend.stats().lag < UP_TO_DATE

    def until(self, is_over: Callable[[], bool]) -> None:
        """Write lines until something happens, and for a while at least."""
        least = time.monotonic() + PHASE
        while not is_over() or time.monotonic() < least:
            time.sleep(LOOK)
            self.look()


def survive_outage(report: Report, cluster: Cluster, address: str, airports: Sequence[str]) -> int:
    """Kill the cluster, start it again, and compare what was recorded with what was answered.

    Args:
        report: where to write.
        cluster: ours, to be killed.
        address: of the site.
        airports: codes to ask for.

    Returns:
        How many visits there were.

    Raises:
        djelme_testing.ClusterError: if the cluster isn't ours, or doesn't come back.
        OSError: if the site can't be reached.
        http.client.HTTPException: if it doesn't answer as HTTP demands.
    """
    began = utcnow()
    traffic = Traffic(address, airports)
    watch = Watch(report, traffic)
    try:
        watch.until(lambda: True)
        report.line("Elasticsearch is killed (SIGKILL); the site goes on:")
        cluster.kill()
        watch.until(lambda: True)
        report.line("Elasticsearch is started again, on the same data:")
        with ThreadPoolExecutor(1) as pool:
            restart = pool.submit(cluster.restart)
            watch.until(restart.done)
        restart.result()
        report.line("it is back:")
        end = time.monotonic() + DRAIN_SECONDS
        watch.until(lambda: watch.is_up_to_date() or time.monotonic() > end)
    finally:
        traffic.end()
    backend = Visit.get_backend()
    drained = backend.flush(DRAIN_SECONDS)
    stats = backend.stats()
    report.line(
        f"at most {watch.most_waiting:,} visits waited, the oldest of them for "
        f"{watch.longest_lag:.1f} s"
    )
    Visit.refresh()
    compare_visits(
        report,
        summarise_visits(
            Visit.search_timeseries_range(began, utcnow() + timedelta(milliseconds=1))
        ),
        traffic.answered,
    )
    report.compare(
        [
            Comparison("visits that still wait", stats.queued + stats.spooled, 0),
            Comparison("visits that were dropped", stats.dropped, 0),
            Comparison("visits that were refused", stats.dead, 0),
        ],
        "promised",
    )
    report.tally.add(Comparison("the spool is empty", int(drained), 1))
    report.tally.add(Comparison("some visits waited", int(watch.most_waiting > 0), 1))
    return traffic.answered.total()
