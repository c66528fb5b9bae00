"""Building reports beside counting in Python, their memory, and reading what was built."""

from __future__ import annotations

import datetime
import os
import random
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from benchmarks import site
from benchmarks.memory import greatest_kib
from benchmarks.row import Row
from benchmarks.timing import Sample, alternate, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("run",)

#: Events of the large load for each one of `--record-count`.
_TIMES = 10
_SMALL = 10_000
#: Events of a group.
_MEMBERS = 10
_SESSIONS = 50_000
_ROUNDS = 3
_SPEED, _MEMORY, _READING = 0.2, 30.0, 2.0
_WARMING_CALLS, _CALLS = 100, 400
_YEAR = 2025
_MONTHS = 12
#: What events have beside what is counted.
_FIELDS = {name: site.FIELDS[name] for name in ("path", "agent", "milliseconds")}
_UTC = datetime.timezone.utc


def run(count: int) -> Iterator[Row]:
    """Measure reports of ten times so many events."""
    events, report = declare()
    large = max(count * _TIMES, 2 * _SMALL)
    _load(events, large, datetime.datetime(_YEAR, 1, 1, tzinfo=_UTC))
    yield _speed(events, report, large)
    yield _reading(events, report, large)
    _clean(events, report)
    yield _memory(large)


class _Index:
    using = "direct"
    settings: ClassVar[dict[str, Any]] = {"number_of_shards": 1, "number_of_replicas": 0}


def declare() -> tuple[Any, Any]:
    """Return an event type and a monthly report on it, which are set up."""
    from elasticsearch_metrics.imps.elastic8 import CyclicReport, EventRecord
    from elasticsearch_metrics.report import Count, CountDistinct, Sum

    class Reported(EventRecord):
        item_iri: str
        session: str
        size: int
        path: str
        agent: str
        milliseconds: float

        class Index(_Index):
            pass

        class Meta:
            app_label = site.APP
            timedepth = 2

    class ReportedMonthly(CyclicReport):
        CYCLE_TIMEDEPTH = 2
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item_iri")
        item_iri: str
        usages: int
        sessions: int
        size: int

        class Report:
            source = Reported
            group_by = ("item_iri",)
            usages = Count()
            sessions = CountDistinct("session")
            size = Sum("size")

        class Index(_Index):
            pass

        class Meta:
            app_label = site.APP
            timedepth = 1

    for recordtype in (Reported, ReportedMonthly):
        recordtype.sync_index_template()
    return Reported, ReportedMonthly


def _load(events: Any, count: int, month: datetime.datetime) -> None:
    """Store events of one month, `_MEMBERS` of each group, in no order of their groups."""
    groups = max(count // _MEMBERS, 1)
    pace = datetime.timedelta(days=28) / count
    chance = random.Random(1)  # noqa: S311 - no secret
    events.bulk_record(
        (
            {
                "item_iri": _item(number * 7_919 % groups),
                "session": f"session-{chance.randrange(_SESSIONS):08}",
                "size": number % 1_000,
                **_FIELDS,
                "timestamp": month + number * pace,
            }
            for number in range(count)
        ),
        senders=2,
    )
    events.refresh()


def _item(number: int) -> str:
    return f"https://example.org/items/{number:07}"


def _speed(events: Any, report: Any, count: int) -> Row:
    from elasticsearch8 import helpers

    client = events.get_backend().client
    names = ",".join(index.name for index in events.each_existing_index())
    counted: dict[str, Any] = {}

    def reference() -> None:
        counted.clear()
        for hit in helpers.scan(client, index=names):
            source = hit["_source"]
            figures = counted.setdefault(source["item_iri"], [0, set(), 0])
            figures[0] += 1
            figures[1].add(source["session"])
            figures[2] += source["size"]

    def measured() -> None:
        report.build((_YEAR, 1))

    def cleaned() -> float:
        _clean(report)
        return timed(measured)

    samples = alternate({"reference": partial(timed, reference), "measured": cleaned}, _ROUNDS)
    _require_same(report, counted)
    return Row(
        f"report of {count:,} events in {count // _MEMBERS:,} groups, distinct counts",
        "helpers.scan and counting in dicts",
        samples["measured"].median / samples["reference"].median,
        _SPEED,
        detail=(
            f"{samples['measured'].median:.1f} and {samples['reference'].median:.1f} s "
            f"(spread {samples['measured'].spread}, {samples['reference'].spread})"
        ),
    )


def _require_same(report: Any, counted: dict[str, Any]) -> None:
    found = {
        hit.item_iri: [hit.usages, hit.sessions, hit.size]
        for hit in report.search().params(size=2_000).scan()
    }
    expected = {
        item: [usages, len(sessions), size] for item, (usages, sessions, size) in counted.items()
    }
    if found != expected:
        msg = f"the report differs from what was counted: {len(found)}, {len(expected)} groups"
        raise RuntimeError(msg)


def _reading(events: Any, report: Any, count: int) -> Row:
    """Measure a year of one item beside one document of it."""
    for month in range(2, _MONTHS + 1):
        start = datetime.datetime(_YEAR, month, 1, tzinfo=_UTC)
        events.record(item_iri=_item(1), session="a", size=1, timestamp=start, **_FIELDS)
        report.build((_YEAR, month))
    year = partial(report.totals, (_YEAR,), (_YEAR + 1,), item_iri=_item(1))
    if len(year()) != _MONTHS:
        msg = f"a year of one item should be {_MONTHS} reports, not {len(year())}"
        raise RuntimeError(msg)
    document = year()[0]
    client = report.get_backend().client
    one = partial(client.get, index=document.meta.index, id=document.meta.id)
    measures = {"year": partial(timed, year), "one": partial(timed, one)}
    alternate(measures, _WARMING_CALLS)
    samples: dict[str, Sample] = alternate(measures, _CALLS)
    return Row(
        f"a year of one item's reports, {count:,} events",
        "client.get of one document",
        samples["year"].median / samples["one"].median,
        _READING,
        detail=f"{samples['year'].median * 1e3:.2f} and {samples['one'].median * 1e3:.2f} ms",
    )


def _memory(large: int) -> Row:
    """Measure builds in processes of their own."""
    small_kib, large_kib = _peak(_SMALL), _peak(large)
    return Row(
        f"memory of a report of {large:,} events in {large // _MEMBERS:,} groups",
        f"{_SMALL:,} events",
        (large_kib - small_kib) / 1024,
        _MEMORY,
        unit="MiB more",
        detail=f"{large_kib / 1024:.0f} and {small_kib / 1024:.0f} MiB at most",
    )


def _clean(*recordtypes: Any) -> None:
    """Delete the indexes of record types, and what is kept about reports."""
    for recordtype in recordtypes:
        site.clean(recordtype)
        if getattr(recordtype, "report_definition", None) is not None:
            from elasticsearch_metrics.report.state import ReportStore

            store = ReportStore(recordtype)
            store.backend.delete_indexes([store.index])


def _peak(count: int) -> int:
    """Return the most memory that a build takes in a process of its own, in KiB."""
    events, report = declare_again()
    _clean(events, report)
    _load(events, count, datetime.datetime(_YEAR, 1, 1, tzinfo=_UTC))
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.report"], check=True, stdout=subprocess.PIPE, text=True
    )
    _clean(events, report)
    return int(answer.stdout)


def declare_again() -> tuple[Any, Any]:
    """Return the types that are declared already."""
    from elasticsearch_metrics.registry import djelme_registry

    return tuple(  # type: ignore[return-value]
        djelme_registry.get_recordtype(f"{site.APP}.{name}")
        for name in ("Reported", "ReportedMonthly")
    )


def main() -> None:
    """Build one report and print the greatest memory of this process, in KiB."""

    class Given:
        url = os.environ["BENCHMARK_URL"]

    site.configure(Given, Path(tempfile.gettempdir()))  # type: ignore[arg-type]
    _, report = declare()
    report.build((_YEAR, 1))
    print(greatest_kib())


if __name__ == "__main__":
    main()
