"""Reports on periods of time that come again and again."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import RecordTypeError, RecordValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from djelme_testing.conformance.site import Site

__all__ = ("CyclicTests",)

_UTC = datetime.timezone.utc


class CyclicTests:
    """What `CyclicReport` does."""

    @pytest.fixture
    def monthly(self, site: Site) -> Any:
        """A monthly report on items, in yearly indexes."""

        class Report:
            CYCLE_TIMEDEPTH = 2
            UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item_id")
            item_id: int
            views: int

            class Meta:
                timedepth = 1

        recordtype = site.declare(Report, site.imp.CyclicReport)
        recordtype.sync_index_template()
        return recordtype

    @pytest.mark.parametrize(
        ("given", "stored"),
        [
            ("2026.11", "2026.11"),
            ("2026.2", "2026.02"),
            ("2026-02", "2026.02"),
            ("2026.2.14", "2026.02"),
            ((2026, 2), "2026.02"),
            (datetime.date(2026, 2, 14), "2026.02"),
            (datetime.datetime(2026, 3, 1, 1, tzinfo=_UTC), "2026.03"),
            (
                datetime.datetime(
                    2026, 3, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=2))
                ),
                "2026.02",
            ),
        ],
        ids=str,
    )
    def test_a_cycle_has_one_form(self, monthly: Any, given: Any, stored: str) -> None:
        """However a cycle is given, it is stored alike."""
        record = monthly.record(cycle_coverage=given, item_id=1, views=1)
        assert record.cycle_coverage == stored
        instance = monthly(cycle_coverage=given, item_id=2, views=1)
        instance.save()
        assert instance.cycle_coverage == stored
        monthly.bulk_record([{"cycle_coverage": given, "item_id": 3, "views": 1}])
        monthly.refresh()
        assert {hit.cycle_coverage for hit in monthly.search()} == {stored}

    def test_a_report_made_again_replaces_the_last_one(self, monthly: Any) -> None:
        """One document for each cycle and whatever else identifies it."""
        monthly.record(cycle_coverage="2026.11", item_id=1, views=67)
        monthly.record(cycle_coverage=(2026, 11), item_id=1, views=6)
        monthly(cycle_coverage="2026-11", item_id=2, views=4).save()
        monthly.bulk_record([{"cycle_coverage": "2026.11", "item_id": 2, "views": 5}])
        monthly.refresh()
        found = {hit.item_id: hit.views for hit in monthly.search()}
        assert found == {1: 6, 2: 5}
        assert monthly.search().count() == 2

    def test_reports_are_where_their_cycle_begins(self, site: Site, monthly: Any) -> None:
        """The index is for the cycle's time, not for when the report was made."""
        report = monthly.record(cycle_coverage="1999.12", item_id=1, views=1)
        assert report.meta.index == site.name("myapp_report_1999")
        assert report.timeseries_start == datetime.datetime(1999, 12, 1, tzinfo=_UTC)
        assert report.created.year > 1999

    def test_reports_of_a_range(self, monthly: Any) -> None:
        """A report is in a range if its cycle begins there."""
        cycles = ["2025.12", "2026.01", "2026.02", "2026.11", "2027.01"]
        monthly.bulk_record(
            [{"cycle_coverage": cycle, "item_id": 1, "views": 1} for cycle in cycles]
        )
        monthly.refresh()
        found = monthly.search_timeseries_range((2026,), (2027,)).sort("cycle_coverage")
        assert [hit.cycle_coverage for hit in found] == cycles[1:4]
        found = monthly.search_timeseries_range("2026-01-02", "2026-02-02")
        assert [hit.cycle_coverage for hit in found] == ["2026.02"]

    @pytest.mark.parametrize("depth", [1, 2, 3, 4])
    def test_cycles_of_every_length(self, site: Site, depth: int) -> None:
        """Years, months, days and hours."""

        class Report:
            CYCLE_TIMEDEPTH = depth

        recordtype = site.declare(Report, site.imp.CyclicReport)
        recordtype.sync_index_template()
        record = recordtype.record(cycle_coverage=datetime.datetime(2026, 2, 3, 4, 5, tzinfo=_UTC))
        parts = ["2026", "02", "03", "04"]
        assert record.cycle_coverage == ".".join(parts[:depth])

    @pytest.mark.parametrize("value", ["2026.13", "soon", "", None, 2026, ()])
    def test_what_is_no_cycle_is_refused(self, monthly: Any, value: Any) -> None:
        """Whichever way it is stored."""
        fields = {"cycle_coverage": value, "item_id": 1, "views": 1}
        ways: list[Callable[[], Any]] = [
            lambda: monthly.record(**fields),
            lambda: monthly(**fields).save(),
            lambda: monthly.bulk_record([fields]),
        ]
        for store in ways:
            with pytest.raises(RecordValidationError) as caught:
                store()
            assert caught.value.field == "cycle_coverage"

    @pytest.mark.parametrize(
        "attributes",
        [{}, {"CYCLE_TIMEDEPTH": 5}, {"CYCLE_TIMEDEPTH": None}, {"CYCLE_TIMEDEPTH": True}],
    )
    def test_a_cycle_needs_a_length(self, site: Site, attributes: dict[str, Any]) -> None:
        """It is found out when the class is made."""
        with pytest.raises(RecordTypeError, match="CYCLE_TIMEDEPTH"):
            site.declare(type("Report", (), attributes), site.imp.CyclicReport)

    def test_a_cycle_has_to_identify_its_report(self, site: Site) -> None:
        """Otherwise each report would replace those of all other cycles."""
        attributes = {"CYCLE_TIMEDEPTH": 2, "UNIQUE_TOGETHER_FIELDS": ("created",)}
        with pytest.raises(RecordTypeError, match="cycle_coverage"):
            site.declare(type("Report", (), attributes), site.imp.CyclicReport)
