"""The record type of the README's quickstart, in the app `pages` of a new project."""

from __future__ import annotations

from elasticsearch_metrics.imps.elastic8 import EventRecord


class PageView(EventRecord):
    """Somebody looked at a page."""

    page: str
    seconds: float | None

    class Meta:
        timedepth = 2
