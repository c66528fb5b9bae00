"""Records whose class says what their time is."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import RecordTypeError, RecordValidationError

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

__all__ = ("OwnTimeTests",)


class OwnTimeTests:
    """What `TimeseriesRecord` does."""

    @pytest.fixture
    def article(self, site: Site) -> Any:
        """A type whose time is a day."""

        class Article:
            published: datetime.date
            title: str = ""

            class Meta:
                timedepth = 2

            def get_timeseries_timeparts(self) -> Any:
                return self.published

        recordtype = site.declare(Article, site.imp.TimeseriesRecord)
        recordtype.sync_index_template()
        return recordtype

    def test_own_time_tells_the_index(self, site: Site, article: Any) -> None:
        """Wherever a record is stored, its own time tells where it belongs."""
        days = [datetime.date(2026, 2, day) for day in (1, 28)]
        article.record(published=days[0])
        article(published=days[1]).save()
        article.bulk_record([{"published": datetime.date(2026, 3, 1)}])
        names = [site.name(f"myapp_article_2026.{month}") for month in ("02", "03")]
        assert [status.name for status in article.each_existing_index()] == names

    def test_own_time_can_be_searched_for(self, article: Any) -> None:
        """Ranges are about the record's own time."""
        days = [datetime.date(2026, 2, day) for day in (1, 27, 28)]
        article.bulk_record([{"published": day} for day in days])
        article.refresh()
        found = article.search_timeseries_range("2026-02-27", "2026-02-28")
        assert [hit.published for hit in found] == [days[1]]
        assert article.search_timeseries_range((2026, 2), (2026, 3)).count() == 3

    def test_own_time_comes_back(self, article: Any) -> None:
        """The moment is a field of its own."""
        record = article.record(published=datetime.date(2026, 2, 28))
        start = datetime.datetime(2026, 2, 28, tzinfo=datetime.timezone.utc)
        assert record.timeseries_start == start
        found = article.get(record.meta.id, index=record.meta.index)
        assert found.timeseries_start == start
        assert found.timeseries_timeparts == "2026.2.28.0.0.0"

    def test_own_time_follows_what_it_depends_on(self, article: Any) -> None:
        """A record whose value changed has another time, and stays in its index."""
        record = article(published=datetime.date(2026, 2, 28))
        record.save()
        record.published = datetime.date(2026, 2, 27)
        record.save()
        found = article.get(record.meta.id, index=record.meta.index)
        assert found.timeseries_start.day == 27

    @pytest.mark.parametrize("value", ["yesterday", None, 7])
    def test_a_wrong_value_says_so_before_its_time_does(self, article: Any, value: Any) -> None:
        """An error names the field that was given, not the one that follows from it."""
        with pytest.raises(RecordValidationError) as caught:
            article.record(published=value)
        assert caught.value.field == "published"

    def test_an_impossible_own_time_is_refused(self, site: Site) -> None:
        """What the class makes of a record has to be a time."""

        class Odd:
            month: int

            def get_timeseries_timeparts(self) -> Any:
                return (2026, self.month)

        odd = site.declare(Odd, site.imp.TimeseriesRecord)
        odd.sync_index_template()
        odd.record(month=12)
        with pytest.raises(RecordValidationError) as caught:
            odd.record(month=13)
        assert caught.value.field == "timeseries_start"

    def test_an_own_time_has_to_be_defined(self, site: Site) -> None:
        """A class that says nothing about its time can't be stored."""

        class Timeless:
            item_id: int

        timeless = site.declare(Timeless, site.imp.TimeseriesRecord)
        with pytest.raises(RecordTypeError, match="get_timeseries_timeparts"):
            timeless.record(item_id=1)
