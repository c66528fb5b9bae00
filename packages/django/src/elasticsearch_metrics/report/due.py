"""The reports of a site, in the order in which they can be built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("each_report", "in_order", "is_report")


def each_report() -> list[type[Any]]:
    """Return all record types of the site that declare a report, sources first."""
    return in_order(filter(is_report, djelme_registry.each_recordtype()))


def is_report(recordtype: type[Any]) -> bool:
    """Return whether a record type declares a report."""
    return getattr(recordtype, "report_definition", None) is not None


def in_order(reports: Iterable[type[Any]]) -> list[type[Any]]:
    """Return reports so that each one comes after the report that it counts.

    A class can only name a source that is there already, so there is no circle.
    """
    return sorted(reports, key=lambda report: (_distance(report), report.djelme.label))


def _distance(report: type[Any]) -> int:
    """Return over how many reports a report stands on events."""
    steps, definition = 0, report.report_definition
    while definition is not None and definition.source_report is not None:
        steps, definition = steps + 1, definition.source_report
    return steps
