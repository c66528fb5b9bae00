from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elasticsearch_metrics.admin.forms import RangeForm
from elasticsearch_metrics.admin.range import RANGES, end_of, inclusive_text

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 3, 31, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "since", "end"),
    [
        ("today", "2026-03-31", "2026-04-01"),
        ("last-7-days", "2026-03-25", "2026-04-01"),
        ("last-30-days", "2026-03-02", "2026-04-01"),
        ("this-month", "2026-03-01", "2026-04-01"),
        ("last-month", "2026-02-01", "2026-03-01"),
        ("last-12-months", "2025-04-01", "2026-04-01"),
        ("this-year", "2026-01-01", "2027-01-01"),
        ("last-year", "2025-01-01", "2026-01-01"),
    ],
)
def test_names_stand_for_whole_days_of_utc(name: str, since: str, end: str) -> None:
    found = RANGES[name].bounds(NOW)
    assert [f"{moment:%Y-%m-%d}" for moment in found if moment] == [since, end]
    form = RangeForm({"range": name}, now=NOW)
    assert form.is_valid()
    assert form.bounds == found
    assert form.named is RANGES[name]


def test_all_has_no_bounds() -> None:
    form = RangeForm({"range": "all"}, now=NOW)
    assert form.is_valid()
    assert form.bounds == (None, None)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2026", "2027-01-01T00:00:00+00:00"),
        ("2026-12", "2027-01-01T00:00:00+00:00"),
        ("2026-11-30", "2026-12-01T00:00:00+00:00"),
        ("2026-11-30T23", "2026-12-01T00:00:00+00:00"),
        ("2026-11-30T23:59", "2026-12-01T00:00:00+00:00"),
        ("2026-11-30T23:59:58", "2026-11-30T23:59:59+00:00"),
        ("2026-11-30T23:59:58.500", "2026-11-30T23:59:58.501000+00:00"),
        ("2026-11-30T23:59+02:00", "2026-11-30T22:00:00+00:00"),
        ("2026.11", "2026-12-01T00:00:00+00:00"),
    ],
)
def test_the_last_day_or_moment_belongs_to_a_range(text: str, end: str) -> None:
    assert end_of(text).isoformat() == end


@given(st.datetimes(datetime.datetime(1001, 1, 1), datetime.datetime(9998, 1, 1)))  # noqa: DTZ001 - it takes naive ones
def test_an_end_can_be_written_and_read(moment: datetime.datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
    assert end_of(inclusive_text(moment)) == moment


def test_bounds_come_before_a_name() -> None:
    form = RangeForm({"range": "today", "since": "2026-01"}, now=NOW)
    assert form.is_valid()
    assert form.named is None
    assert form.bounds == (datetime.datetime(2026, 1, 1, tzinfo=UTC), None)


def test_scripts_may_give_the_first_moment_after_a_range() -> None:
    form = RangeForm({"before": "2026-12"})
    assert form.is_valid()
    assert form["to"].value() == "2026-11-30"
    assert form.bounds == (None, datetime.datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize("data", [{"range": "ever"}, {"before": "soon"}, {"before": "9" * 99}])
def test_what_is_no_range_is_refused(data: dict[str, str]) -> None:
    assert not RangeForm(data, now=NOW).is_valid()
    assert not RangeForm({"since": "2026-11-02", "to": "2026-11-01"}).is_valid()
    assert RangeForm({"since": "2026-11-01", "to": "2026-11-01"}).is_valid()


def test_links_keep_the_rest_of_the_address() -> None:
    form = RangeForm({"range": "today"}, now=NOW)
    query = {"range": "today", "since": "", "interval": "hour", "c0-field": "a"}
    found = {url: is_shown for _label, url, is_shown in form.links(query)}
    assert found["?range=today&c0-field=a"]
    assert not found["?range=last-year&c0-field=a"]
