"""Why events must not be deleted yet: a report that counts them isn't built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elasticsearch_metrics.report import CycleState, each_report, read_status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elasticsearch_metrics.index.placement import Placement

__all__ = ("report_blocker",)


def report_blocker(placement: Placement, names: Iterable[str]) -> str:
    """Return why an index must be kept for the sake of reports; empty for no reason.

    Args:
        placement: the events and their backend.
        names: the index's own, and its aliases.

    Raises:
        djelme.errors.BackendError: if it can't be found out.
    """
    recordtype = placement.recordtype
    if not recordtype.djelme.options.keep_until_reported:
        return ""
    reports = [report for report in each_report() if report.report_definition.source is recordtype]
    if not reports:
        return "it is kept until it is reported, and no report counts the type"
    periods = [period for name in names if (period := placement.naming.parse(name)) is not None]
    for report in reports:
        for period in periods:
            for status in read_status(report, period.start, period.end):
                if status.state not in {CycleState.FRESH, CycleState.KEPT}:
                    return (
                        f"report {report.djelme.label} on {status.cycle} is {status.state.value}; "
                        f"build it with: djelme_report build {report.djelme.label} --cycle "
                        f"{status.cycle}"
                    )
    return ""
