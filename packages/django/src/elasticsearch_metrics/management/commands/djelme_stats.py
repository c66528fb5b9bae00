"""Show figures about records in the terminal.

It is long, as each figure has a form for people and one for machines.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Literal

from django.core.management.base import CommandError

from djelme.errors import BackendError, BackendUnreachableError
from djelme.interval import INTERVALS
from djelme.quantity import counted
from djelme.suggestion import choices
from djelme.timeparts import parse_when
from elasticsearch_metrics.management.base import DjelmeCommand, failure_total, terminal_width
from elasticsearch_metrics.management.chart import bar_lines, can_encode_bars, printable
from elasticsearch_metrics.management.figure_source import source_lines
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.statistics.aggregation import EXACT_VALUES
from elasticsearch_metrics.statistics.document import (
    figures_document,
    histogram_document,
    top_document,
)
from elasticsearch_metrics.statistics.query import MAX_VALUES, RecordStatistics, Totals, interval_of
from elasticsearch_metrics.statistics.sheet import histogram_table, table_text, top_table
from elasticsearch_metrics.statistics.survey import survey

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable

    from djelme.interval import Interval
    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.statistics.query import Histogram, TopValues

__all__ = ("Command",)

#: How a period of an interval is written.
_FORMATS = {"year": "%Y", "month": "%Y-%m", "hour": "%Y-%m-%d %H:00", "minute": "%Y-%m-%d %H:%M"}
_MONTHS_A_QUARTER = 3
#: How many values are shown by default.
_VALUES_SHOWN = 10


class Command(DjelmeCommand):
    """Shows figures about records."""

    help = (
        "Show how many records of a type there are by time, or which values of a field are most "
        "frequent; without a record type, how many there are of each. The cluster counts: no "
        "record is read. Reports stand for the records that they count. Times are in UTC."
    )
    examples = (
        "djelme_stats",
        "djelme_stats myapp.UsageRecord --from 2026-10 --to 2026-11",
        "djelme_stats myapp.UsageRecord --by item_id --top 20",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the record type, the range of time, what to count by, and format."""
        parser.add_argument(
            "recordtype",
            nargs="?",
            metavar="app.Type",
            help="a record type, such as myapp.UsageRecord",
        )
        parser.add_argument(
            "--from",
            dest="from_when",
            metavar="TIME",
            help='first moment, such as "2026-11" or "2026-11-23T04:05"; the beginning by default',
        )
        parser.add_argument(
            "--to",
            dest="until_when",
            metavar="TIME",
            help="first moment after the range; no end by default",
        )
        parser.add_argument(
            "--by", dest="field", metavar="FIELD", help="show the most frequent values of a field"
        )
        parser.add_argument(
            "--interval",
            metavar="INTERVAL",
            help=f"length of the periods: {', '.join(INTERVALS)} (by default one that fits)",
        )
        parser.add_argument(
            "--top",
            type=int,
            metavar="N",
            help=f"how many values --by shows: {_VALUES_SHOWN} by default, at most {MAX_VALUES:,}",
        )
        parser.add_argument(
            "--format",
            choices=("table", "json", "csv"),
            default="table",
            help="bars for people (the default), JSON or CSV for machines",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Show the figures of one record type, or the totals of all."""
        _check_range(options["from_when"], options["until_when"])
        if options["top"] is not None and options["field"] is None:
            msg = "--top is the number of values of a field; name the field with --by"
            raise CommandError(msg)
        if options["recordtype"] is None:
            self._show_all(options)
        else:
            self._show_one(_recordtype(options["recordtype"]), options)

    # All record types.

    def _show_all(self, options: dict[str, Any]) -> None:
        for name in ("field", "interval"):
            if options[name] is not None:
                option = "--by" if name == "field" else f"--{name}"
                msg = f"{option} needs a record type (there are: {', '.join(_labels()) or 'none'})"
                raise CommandError(msg)
        rows, failures = self._count_all(options)
        if rows or not failures:
            self._write_totals(rows, options["format"])
        if failures:
            raise CommandError(failure_total(failures, len(rows) + len(failures), "counted"))

    def _count_all(
        self, options: dict[str, Any]
    ) -> tuple[list[tuple[RecordStatistics, Totals]], list[str]]:
        """Return the totals of types, and why others have none; ask no silent cluster twice."""
        has_range = options["from_when"] is not None or options["until_when"] is not None
        rows = []
        away: dict[str, str] = {}
        failures = []
        for recordtype in djelme_registry.each_recordtype():
            if recordtype.TIME_FIELD is None and has_range:
                continue
            name = djelme_registry.backend_name_for(recordtype)
            if name in away:
                failures.append(away[name])
                continue
            try:
                statistics = _statistics(recordtype, options)
                totals = statistics.totals()
            except BackendError as error:
                failures.append(str(error))
                if isinstance(error, BackendUnreachableError):
                    away[name] = str(error)
            else:
                rows.append((statistics, totals))
        return rows, failures

    def _write_totals(self, rows: list[tuple[RecordStatistics, Totals]], form: str) -> None:
        if form == "json":
            self.write_json(
                [
                    figures_document(found.label, totals, found.bounds, utcnow())
                    for found, totals in rows
                ]
            )
        elif form == "csv":
            self._write_csv(
                [
                    ("recordtype", "records", "oldest", "newest"),
                    *((found.label, *_totals_values(totals).values()) for found, totals in rows),
                ]
            )
        elif rows:
            self.write_table(
                ("record type", "records", "oldest", "newest"),
                [
                    (found.label, totals.records, _minute(totals.oldest), _minute(totals.newest))
                    for found, totals in rows
                ],
                spare=("oldest",),
            )
        else:
            self.stdout.write("There are no record types with such records.")

    # One record type.

    def _show_one(self, recordtype: type[RecordType], options: dict[str, Any]) -> None:
        field, interval = options["field"], options["interval"]
        if options["format"] == "csv" and field is not None and interval is not None:
            msg = "CSV has one table: use either --by or --interval, or --format json"
            raise CommandError(msg)
        statistics = _statistics(recordtype, options)
        totals, histogram, top = _figures(statistics, options)
        if options["format"] == "json":
            self.write_json(_document(statistics, totals, histogram, top))
        elif options["format"] == "csv":
            self._write_figures_csv(totals, histogram, top)
        else:
            self._write_figures(statistics, totals, histogram, top)
        if options["format"] != "json":
            for line in source_lines(totals.source):
                self.stderr.write(line, self.style.NOTICE)

    def _write_figures(
        self,
        statistics: RecordStatistics,
        totals: Totals,
        histogram: Histogram | None,
        top: TopValues | None,
    ) -> None:
        self.stdout.write(f"{statistics.label}: {_sentence(totals)}")
        if histogram is not None and histogram.buckets:
            self.stdout.write(f"\nrecords by {histogram.interval.name}", self.style.MIGRATE_HEADING)
            self._write_bars(
                (_period(histogram.interval, bucket.start), bucket.records)
                for bucket in histogram.buckets
            )
        if histogram is not None and histogram.untimed:
            untimed = counted(histogram.untimed, "record")
            self.stdout.write(f"not in it: {untimed} without such a time")
        if top is not None:
            self.stdout.write(
                f"\n{top.field}: {_about(top.distinct)}",
                self.style.MIGRATE_HEADING,
            )
            self._write_bars((_text(found.value), found.records) for found in top.values)
            if top.others:
                self.stdout.write(f"{top.others:,} more of other values")
            if top.missing:
                have = "has" if top.missing == 1 else "have"
                self.stdout.write(f"{counted(top.missing, 'record')} {have} no value")
            if top.error:
                self.stdout.write(f"each number may be too low by up to {top.error:,}")

    def _write_bars(self, rows: Iterable[tuple[str, int]]) -> None:
        width = terminal_width()
        # Up to Django 4.2 the wrapper has an encoding of its own, which is always None.
        stream = getattr(self.stdout, "_out", self.stdout)
        plain = not can_encode_bars(getattr(stream, "encoding", None))
        for line in bar_lines(list(rows), width, plain=plain):
            self.stdout.write(line)

    def _write_figures_csv(
        self, totals: Totals, histogram: Histogram | None, top: TopValues | None
    ) -> None:
        if top is not None:
            table = top_table(top)
        elif histogram is not None:
            table = histogram_table(histogram)
        else:
            row = _totals_values(totals)
            table = [tuple(row), tuple(row.values())]
        self._write_csv(table)

    def _write_csv(self, table: list[tuple[object, ...]]) -> None:
        self.stdout.write(table_text(table), ending="")


def _recordtype(label: str) -> type[RecordType]:
    """Return a record type by its label.

    Raises:
        CommandError: if there is none; the message names those that there are.
    """
    app_label, _, name = label.rpartition(".")
    try:
        return djelme_registry.get_recordtype(app_label, name)
    except LookupError as error:
        msg = f"There is no record type {printable(label[:80])!r} {choices(label, _labels())}"
        raise CommandError(msg) from error


def _labels() -> list[str]:
    return [recordtype.djelme.label for recordtype in djelme_registry.each_recordtype()]


def _statistics(
    recordtype: type[RecordType],
    options: dict[str, Any],
    reports: Literal["none", "all"] = "none",
) -> RecordStatistics:
    bounds = options["from_when"], options["until_when"]
    return RecordStatistics(recordtype, *bounds, reports=reports)


def _figures(
    statistics: RecordStatistics, options: dict[str, Any]
) -> tuple[Totals, Histogram | None, TopValues | None]:
    """Return what is asked for, by reports where they have it."""
    field, interval = options["field"], options["interval"]
    number = _VALUES_SHOWN if options["top"] is None else options["top"]
    if statistics.recordtype.TIME_FIELD is None:
        top = None if field is None else statistics.top(field, number)
        histogram = None if interval is None else statistics.histogram(interval)  # says why not
        return statistics.totals(), histogram, top
    chosen = None if interval is None else interval_of(interval)
    has_bounds = None not in statistics.bounds
    known = None if chosen and has_bounds else statistics.totals()
    reported = _statistics(statistics.recordtype, options, reports="all")
    chosen = chosen or reported.best_interval(known or Totals(0))
    found = survey(reported, chosen, known=known, field=field, number=number)
    wanted = found.histogram if interval is not None or field is None else None
    return found.totals, wanted, found.top


def _check_range(from_when: str | None, until_when: str | None) -> None:
    """Check that a range can be read, in the words of the options.

    Raises:
        CommandError: if it can't, or ends before it begins.
    """
    bounds = []
    for option, given in (("--from", from_when), ("--to", until_when)):
        try:
            bounds += [] if given is None else [parse_when(given)]
        except ValueError as error:
            msg = (
                f"{option} should be a date or time such as 2026-11, 2026-11-23 or "
                f"2026-11-23T04:05:06Z, not {given!r:.80}"
            )
            raise CommandError(msg) from error
    if bounds != sorted(bounds):
        msg = f"--from ({from_when}) should not be after --to ({until_when})"
        raise CommandError(msg)


def _document(
    statistics: RecordStatistics,
    totals: Totals,
    histogram: Histogram | None,
    top: TopValues | None,
) -> dict[str, Any]:
    return {
        **figures_document(statistics.label, totals, statistics.bounds, utcnow()),
        "histogram": None if histogram is None else histogram_document(histogram),
        "top": None if top is None else top_document(top),
    }


def _totals_values(totals: Totals) -> dict[str, Any]:
    return {"records": totals.records, "oldest": totals.oldest, "newest": totals.newest}


def _sentence(totals: Totals) -> str:
    sentence = counted(totals.records, "record")
    if totals.oldest is None:
        return sentence
    return f"{sentence}, from {_minute(totals.oldest)} to {_minute(totals.newest)}"


def _minute(moment: datetime.datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%d %H:%M")


def _period(interval: Interval, start: datetime.datetime) -> str:
    if interval.name == "quarter":
        return f"{start:%Y}-Q{(start.month - 1) // _MONTHS_A_QUARTER + 1}"
    return start.strftime(_FORMATS.get(interval.name, "%Y-%m-%d"))


def _about(number: int) -> str:
    distinct = counted(number, "different value")
    return distinct if number < EXACT_VALUES else f"about {distinct}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return str(value)
