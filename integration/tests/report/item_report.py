"""An event type and a monthly report on it, for several modules of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme_testing.conformance.site import Body
from elasticsearch_metrics.report import Count, CountDistinct

if TYPE_CHECKING:
    from djelme_testing.conformance import Site

__all__ = ("item_report",)

DAILY, MONTHLY = 3, 2


def item_report(site: Site, *, timedepth: int = DAILY) -> tuple[Any, Any]:
    """Return an event type and a monthly report on it, which are set up.

    Args:
        site: that has them.
        timedepth: of the events.
    """
    depth = timedepth  # the class has a name of its own for it

    @site.set_up
    class Usage(Body):
        item: int
        session: str

        class Meta:
            timedepth = depth

    @site.inherit(site.imp.CyclicReport)
    class ItemReport(Body):
        CYCLE_TIMEDEPTH = MONTHLY
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item")
        item: int
        usages: int
        sessions: int

        class Report:
            source = Usage
            group_by = ("item",)
            usages = Count()
            sessions = CountDistinct("session")

    ItemReport.sync_index_template()
    return Usage, ItemReport
