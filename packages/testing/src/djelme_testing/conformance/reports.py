"""Reports that are built from events."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from djelme_testing.conformance.capability import Capability, needs
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.report import (
    Count,
    CountDistinct,
    Cumulative,
    Latest,
    Max,
    Min,
    ReportError,
    Sum,
    read_status,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance.site import Site

__all__ = ("ReportTests",)

_UTC = datetime.timezone.utc
_MAY = datetime.datetime(2024, 5, 1, tzinfo=_UTC)
_LAST = datetime.datetime(2024, 5, 31, 23, 59, 59, 999_000, tzinfo=_UTC)
_LARGE = {"range": {"size": {"gte": 10}}}


_FIGURES = (
    *("events", "large", "sessions", "large_sessions", "size", "least", "first", "last"),
    *("latest", "so_far"),
)


class ReportTests:
    """What builds of reports do: they need an engine that aggregates."""

    @pytest.fixture
    def reported(self, site: Site) -> Iterator[Any]:
        """An event type; what is kept about reports is deleted in the end."""

        @site.declare
        class Event(Body):
            item: str
            tags: list[str]
            session: str | None
            size: int | None

        Event.sync_index_template()
        yield Event
        site.backend.delete_template(site.name("djelme_reports"))

    @pytest.fixture
    def item_report(self, site: Site, reported: Any) -> Any:
        """A monthly report with a metric of each kind."""

        class Monthly(Body):
            CYCLE_TIMEDEPTH = 2
            UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item", "tags")
            item: str
            tags: str | None
            events: int
            large: int
            sessions: int
            large_sessions: int
            size: int
            least: int | None
            first: datetime.datetime
            last: datetime.datetime
            latest: str | None
            so_far: int

            class Report:
                source = reported
                group_by = ("item", "tags")
                exclude = {"term": {"item": "robot"}}  # noqa: RUF012 - as sites write it
                events = Count()
                large = Count(filter=_LARGE)
                sessions = CountDistinct("session")
                large_sessions = CountDistinct("session", filter=_LARGE)
                size = Sum("size")
                least = Min("size")
                first = Min("timestamp")
                last = Max("timestamp")
                latest = Latest("session")
                so_far = Cumulative("events")

        recordtype = site.declare(Monthly, site.imp.CyclicReport)
        recordtype.sync_index_template()
        return recordtype

    @needs(Capability.QUERY_ENGINE)
    def test_a_report_counts_the_events_of_its_cycle(self, reported: Any, item_report: Any) -> None:
        """Each group that occurs has a report with exact figures, and nothing else is counted."""
        reported.bulk_record(
            [
                {"timestamp": _MAY, "item": "a", "tags": ["x", "y"], "session": "s", "size": 10},
                {"timestamp": _LAST, "item": "a", "tags": ["x"], "session": "t"},
                {"timestamp": _LAST, "item": "a", "tags": ["x"], "session": "s", "size": 3},
                {"timestamp": _MAY, "item": "é💡", "tags": []},
                {"timestamp": _MAY, "item": "robot", "tags": ["x"]},
                {"timestamp": _MAY - datetime.timedelta(milliseconds=1), "item": "a", "tags": []},
                {"timestamp": _LAST + datetime.timedelta(milliseconds=1), "item": "a", "tags": []},
            ]
        )
        result = item_report.build("2024-05")
        assert (result.events, result.groups, result.created) == (4, 3, 3)
        found = {
            (hit.item, hit.tags): [hit.get_values().get(name) for name in _FIGURES]
            for hit in item_report.search()
        }
        assert found.keys() == {("a", "x"), ("a", "y"), ("é💡", None)}
        latest = found["a", "x"].pop(8)
        assert latest in {"s", "t"}  # of the same millisecond
        assert found["a", "x"] == [3, 1, 2, 1, 13, 3, _MAY, _LAST, 3]
        assert found["a", "y"] == [1, 1, 1, 1, 10, 10, _MAY, _MAY, "s", 1]
        assert found["é💡", None] == [1, 0, 0, 0, 0, None, _MAY, _MAY, None, 1]

    @needs(Capability.QUERY_ENGINE)
    def test_a_report_built_again_is_replaced(self, reported: Any, item_report: Any) -> None:
        """Groups that are gone are removed, running totals follow, and the state says all of it."""
        reported.record(timestamp=_MAY, item="a", tags=["x"])
        reported.record(timestamp=_MAY, item="b", tags=["x"])
        item_report.build("2024-05")
        reported.refresh()
        late = reported.record(timestamp=_LAST, item="a", tags=["x"])
        reported.refresh()
        (status,) = read_status(item_report, "2024-05", "2024-06")
        assert (status.state.value, status.events, status.events_now) == ("stale", 2, 3)
        gone = reported.search().filter("term", item="b").extra(seq_no_primary_term=True)
        reported.get_backend().delete_documents(gone.execute().to_dict()["hits"]["hits"])
        result = item_report.build("2024-05")
        assert (result.created, result.replaced, result.removed) == (0, 1, 1)
        assert [(hit.item, hit.events, hit.last) for hit in item_report.search()] == [
            ("a", 2, late.timestamp)
        ]
        reported.record(timestamp=_LAST + datetime.timedelta(days=1), item="a", tags=["x"])
        item_report.build("2024-06")
        group = {"item": "a", "tags": "x"}
        assert [hit.so_far for hit in item_report.totals("2024", "2025", **group)] == [2, 3]
        filled = item_report.totals("2024-04", "2024-07", fill=True, **group)
        assert [hit.events for hit in filled] == [0, 2, 1]
        assert [hit.cycle_coverage for hit in item_report.last_cycles()] == ["2024.06"]

    @needs(Capability.QUERY_ENGINE)
    def test_a_cycle_without_events_has_a_state(self, item_report: Any) -> None:
        """It was built from none, which is no reason to build it again."""
        result = item_report.build("2024-05")
        assert (result.events, result.groups) == (0, 0)
        (status,) = read_status(item_report, "2024-05", "2024-06")
        assert (status.state.value, status.events, status.is_due) == ("fresh", 0, False)
        assert item_report.search().count() == 0

    @needs(Capability.QUERY_ENGINE)
    def test_a_cycle_that_is_not_over_is_refused(self, reported: Any, item_report: Any) -> None:
        """Unless what there is so far is asked for."""
        reported.record(item="a", tags=[])
        with pytest.raises(ReportError, match="isn't over"):
            item_report.build(datetime.datetime.now(_UTC))
        assert item_report.build(datetime.datetime.now(_UTC), partial=True).partial
