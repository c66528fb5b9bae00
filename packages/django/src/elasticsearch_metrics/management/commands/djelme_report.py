"""List reports, say how their cycles stand, and build them."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from djelme.errors import DjelmeError
from djelme.quantity import counted
from djelme.suggestion import choices
from djelme.timedepth import Timedepth
from elasticsearch_metrics.management.base import DjelmeCommand, failure_total
from elasticsearch_metrics.management.report_progress import ReportProgress
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report import (
    ReportLockedError,
    each_report,
    in_order,
    is_report,
    read_status,
)
from elasticsearch_metrics.report.cycle import cycle_of, each_cycle

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

    from elasticsearch_metrics.report import BuildResult, CycleStatus
    from elasticsearch_metrics.report.cycle import Cycle

__all__ = ("Command",)

NO_REPORTS = "There are no reports; a report is a CyclicReport with a Report."
_STATUS = ("cycle", "state", "events", "reports", "built", "seconds", "due because")
_BUILD = ("report", "cycle", "events", "reports", "created", "replaced", "removed")


class Command(DjelmeCommand):
    """Builds reports from events."""

    help = (
        "Reports are record types with a `class Report`. `list` names them; `status` says for each "
        "cycle whether it was built, from how many events, and whether events came or went since; "
        "`build` builds one cycle, a range of them, or with --due each one that is over and "
        "missing or stale. Without a name, all reports are meant."
    )
    examples = (
        "djelme_report status",
        "djelme_report build --due",
        "djelme_report build myapp.MonthlyItemUsage --cycle 2026-10",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add what to do, reports, and cycles."""
        parser.add_argument("action", choices=("list", "status", "build"))
        parser.add_argument(
            "reports", nargs="*", metavar="app.Report", help="only these reports; all by default"
        )
        self.add_format_argument(parser)
        parser.add_argument(
            "--cycle", help="one cycle, such as 2026-11, or all within a longer period"
        )
        parser.add_argument("--from", dest="from_when", help="the first cycle of a range")
        parser.add_argument("--to", dest="to_when", help="the last cycle of the range")
        parser.add_argument(
            "--due", action="store_true", help="each cycle that is over and is missing or stale"
        )
        parser.add_argument(
            "--partial", action="store_true", help="build cycles, too, that aren't over yet"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only show which cycles would be built"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do what was asked for."""
        self._as_json = options["format"] == "json"
        reports = self._reports(options["reports"])
        {"list": self._list, "status": self._status, "build": self._build}[options["action"]](
            reports, options
        )

    def _reports(self, names: list[str]) -> list[type[Any]]:
        if not names:
            return each_report()
        found: list[type[Any]] = []
        for name in names:
            try:
                recordtype: Any = djelme_registry.get_recordtype(name)
            except LookupError as error:
                known = [report.djelme.label for report in each_report()]
                msg = f"there is no report {name!r} {choices(name, known)}"
                raise CommandError(msg) from error
            if not is_report(recordtype):
                msg = f"{recordtype.djelme.label} is no report: it has no `class Report`"
                raise CommandError(msg)
            found.append(recordtype)
        return in_order(found)

    # What there is.

    def _list(self, reports: list[type[Any]], _options: dict[str, Any]) -> None:
        rows = []
        for report in reports:
            definition = report.report_definition
            source = "rows" if definition.source is None else definition.source.djelme.label
            rows.append(
                {
                    "report": definition.label,
                    "cycles": definition.depth.name.lower(),
                    "source": source,
                    "group_by": list(definition.group_by),
                    "metrics": {
                        name: type(metric).__name__ for name, metric in definition.metrics.items()
                    },
                }
            )
        if self._as_json:
            self.write_json(rows)
        elif not rows:
            self.stdout.write(NO_REPORTS)
        else:
            self.write_table(
                ("report", "cycles", "source", "group by", "metrics"),
                [
                    (
                        row["report"],
                        row["cycles"],
                        row["source"],
                        ", ".join(row["group_by"]) or "-",
                        ", ".join(f"{name} ({kind})" for name, kind in row["metrics"].items())
                        or "-",
                    )
                    for row in rows
                ],
            )

    def _status(self, reports: list[type[Any]], options: dict[str, Any]) -> None:
        found = []
        failures = []
        for report in reports:
            try:
                found.append((report.djelme.label, self._statuses(report, options)))
            except DjelmeError as error:
                failures.append(str(error))
        self._write_statuses(found, has_reports=bool(reports))
        if failures:
            raise CommandError(failure_total(failures, len(reports), "checked", "report"))

    def _write_statuses(
        self, found: list[tuple[str, list[CycleStatus]]], *, has_reports: bool
    ) -> None:
        if self._as_json:
            self.write_json(
                [
                    {"report": label, "cycles": [status.as_row() for status in statuses]}
                    for label, statuses in found
                ]
            )
            return
        if not has_reports:
            self.stdout.write(NO_REPORTS)
        for label, statuses in found:
            due = sum(status.is_due for status in statuses)
            self.stdout.write(f"{label}: {counted(len(statuses), 'cycle')}, {due:,} due")
            if statuses:
                self.write_table(_STATUS, [_cells(status) for status in statuses])
            self.stdout.write("")

    def _statuses(self, report: type[Any], options: dict[str, Any]) -> list[CycleStatus]:
        bounds = self._bounds(report, options)
        return read_status(report) if bounds is None else read_status(report, *bounds)

    def _bounds(self, report: type[Any], options: dict[str, Any]) -> tuple[Any, Any] | None:
        """Return the range of time that the options name; None for all."""
        depth = report.report_definition.depth
        cycle, first, last = (options[name] for name in ("cycle", "from_when", "to_when"))
        if cycle is not None and (first is not None or last is not None):
            msg = "give either --cycle or --from and --to"
            raise CommandError(msg)
        if (first is None) != (last is None):
            msg = "--from and --to belong together: the first and the last cycle"
            raise CommandError(msg)
        if cycle is None and first is None:
            return None
        try:
            start = cycle_of(first or cycle, depth).start
            end = cycle_of(last or cycle, _precision(last or cycle, depth)).end
        except ValueError as error:
            raise CommandError(str(error)) from error
        if start >= end:
            msg = f"--from ({first}) should not be after --to ({last})"
            raise CommandError(msg)
        return start, end

    # Building.

    def _build(self, reports: list[type[Any]], options: dict[str, Any]) -> None:
        if not (options["due"] or options["cycle"] or options["from_when"] or options["to_when"]):
            msg = "say which cycles: --due, --cycle 2026-11, or --from 2026-01 --to 2026-11"
            raise CommandError(msg)
        rows, failures = self._build_all(reports, options)
        if self._as_json:
            self.write_json(rows)
        elif not rows and not failures:
            self.stdout.write("Nothing is due.")
        elif rows and options["dry_run"]:
            self.write_table(("would build", "cycle"), [tuple(row.values()) for row in rows])
        elif rows:
            self.write_table(_BUILD, [_result_cells(row) for row in rows])
        if failures:
            raise CommandError("; ".join(dict.fromkeys(failures)))

    def _build_all(
        self, reports: list[type[Any]], options: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], list[str]]:
        """Build what was chosen of each report; return the results, and what went wrong."""
        rows: list[dict[str, Any]] = []
        failures: list[str] = []
        for report in reports:
            try:
                cycles = list(self._chosen(report, options))
            except DjelmeError as error:  # the others may be on a cluster that answers
                failures.append(str(error))
                continue
            for cycle in cycles:
                row: dict[str, Any] = {"report": report.djelme.label, "cycle": cycle.name}
                if not options["dry_run"]:
                    row.update(self._build_one(report, cycle, options, failures))
                rows.append(row)
        return rows, failures

    def _chosen(self, report: type[Any], options: dict[str, Any]) -> Iterator[Cycle]:
        if options["due"]:
            for status in self._statuses(report, options):
                if status.is_due and status.runner is None:
                    yield status.cycle
            return
        bounds = self._bounds(report, options)
        if bounds is not None:
            yield from each_cycle(*bounds, report.report_definition.depth)

    def _build_one(
        self, report: type[Any], cycle: Cycle, options: dict[str, Any], failures: list[str]
    ) -> dict[str, Any]:
        """Build one cycle; the other ones are built even if this one can't be."""
        progress = ReportProgress(self.stderr, report.djelme.label)
        try:
            result: BuildResult = report.build(
                cycle.start, partial=options["partial"], progress=progress
            )
        except ReportLockedError as error:
            if not options["due"]:
                failures.append(str(error))
            return {"error": str(error)}
        except DjelmeError as error:
            failures.append(str(error))
            return {"error": str(error)}
        finally:
            progress.end()
        return asdict(result)


def _precision(text: str, depth: Timedepth) -> Timedepth:
    """Return the length of the period that a text names, which may have several cycles."""
    return min(depth, Timedepth(min(len(re.findall(r"\d+", text)), max(Timedepth))))


def _cells(status: CycleStatus) -> tuple[object, ...]:
    reason = status.reason
    if status.runner is not None:
        reason = f"{status.runner['owner']} builds it since {status.runner['since']}"
    return (
        status.cycle.name,
        status.state.value,
        status.events,
        status.groups,
        status.built,
        status.seconds,
        reason or None,
    )


def _result_cells(row: dict[str, Any]) -> tuple[object, ...]:
    names = ("events", "groups", "created", "replaced", "removed")
    return (row["report"], row["cycle"], *(row.get(name) for name in names))
