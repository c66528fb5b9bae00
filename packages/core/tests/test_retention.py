from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djelme.naming import IndexNaming, Period
from djelme.retention import Retention
from djelme.timedepth import Timedepth

UTC = datetime.timezone.utc
MILLISECOND = datetime.timedelta(milliseconds=1)
DAY = datetime.timedelta(days=1)

moments = st.datetimes(
    min_value=datetime.datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime.datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
expirations = st.timedeltas(MILLISECOND, datetime.timedelta(days=4000))


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def period(name: str) -> Period:
    found = IndexNaming("a", Timedepth.DAILY, ("%Y-%m-%d",)).parse(f"a_{name}")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("2026.11.23", utc(2026, 11, 24)),
        ("2026.11.23.23", utc(2026, 11, 24)),
        ("2026.11", utc(2026, 12, 1)),
        ("2026", utc(2027, 1, 1)),
        ("2024.02.29", utc(2024, 3, 1)),
        ("2024.02", utc(2024, 3, 1)),
        ("2026.2.4.", utc(2026, 2, 5)),
        ("2026.12.", utc(2027, 1, 1)),
        ("2026-11-23", utc(2026, 11, 24)),
    ],
)
@pytest.mark.parametrize("days", [1, 90, 365])
def test_the_very_border_of_an_indexs_time(name: str, end: datetime.datetime, days: int) -> None:
    retention = Retention(datetime.timedelta(days=days))
    expiry = end + datetime.timedelta(days=days)
    assert retention.expiry(period(name)) == expiry
    assert retention.is_expired(period(name), expiry)
    assert retention.is_expired(period(name), expiry + MILLISECOND)
    assert not retention.is_expired(period(name), expiry - MILLISECOND)
    assert not retention.is_expired(period(name), expiry - datetime.timedelta(microseconds=1))


def test_midnight_is_that_of_utc() -> None:
    week = Retention(datetime.timedelta(days=7))
    day = period("2026.11.23")
    east = datetime.timezone(datetime.timedelta(hours=13))
    west = datetime.timezone(-datetime.timedelta(hours=11))
    # The same day by the calendar in one place, the one before in another.
    assert not week.is_expired(day, datetime.datetime(2026, 12, 1, 12, 59, 59, tzinfo=east))
    assert week.is_expired(day, datetime.datetime(2026, 12, 1, 13, tzinfo=east))
    assert week.is_expired(day, datetime.datetime(2026, 11, 30, 13, tzinfo=west))
    assert not week.is_expired(day, datetime.datetime(2026, 11, 30, 12, 59, 59, tzinfo=west))


def test_a_naive_moment_is_utc() -> None:
    week = Retention(datetime.timedelta(days=7))
    assert week.is_expired(period("2026.11.23"), datetime.datetime(2026, 12, 1))  # noqa: DTZ001
    assert not week.is_expired(
        period("2026.11.23"),
        datetime.datetime(2026, 11, 30, 23, 59, 59),  # noqa: DTZ001
    )


def test_an_expiration_shorter_than_the_period() -> None:
    hour = Retention(datetime.timedelta(hours=1))
    assert not hour.is_expired(period("2026.11"), utc(2026, 12, 1))
    assert hour.is_expired(period("2026.11"), utc(2026, 12, 1, 1))


def test_an_index_without_time_is_never_over() -> None:
    assert not Retention(DAY).is_expired(None, utc(9999, 12, 31))


def test_the_ends_of_time() -> None:
    last = period("9999")
    for retention in (Retention(DAY), Retention(datetime.timedelta.max)):
        assert retention.expiry(last) == datetime.datetime.max.replace(tzinfo=UTC)
        assert not retention.is_expired(last, datetime.datetime.max.replace(tzinfo=UTC))
    first = period("0001.01.01")
    assert Retention(DAY).is_expired(first, utc(1, 1, 3))
    assert not Retention(datetime.timedelta.max).is_expired(first, utc(9999, 12, 31))
    assert Retention(DAY).cutoff(utc(1, 1, 1)) == utc(1, 1, 1)


def test_the_cutoff_is_cut_to_milliseconds() -> None:
    now = utc(2026, 11, 24, 0, 0, 0, 1999)
    assert Retention(DAY).cutoff(now) == utc(2026, 11, 23, 0, 0, 0, 1000)


@given(moment=moments, depth=st.sampled_from(Timedepth), expiration=expirations, now=moments)
def test_no_record_within_its_time_is_in_an_index_that_is_over(
    moment: datetime.datetime,
    depth: Timedepth,
    expiration: datetime.timedelta,
    now: datetime.datetime,
) -> None:
    naming = IndexNaming("a", depth)
    found = naming.parse(naming.index_name(moment))
    assert found is not None
    retention = Retention(expiration)
    if retention.is_expired(found, now):
        assert moment < retention.cutoff(now)
        assert moment < now - expiration
    assert retention.is_expired(found, now) == (retention.expiry(found) <= now)


@given(moment=moments, depth=st.sampled_from(Timedepth), expiration=expirations)
def test_over_from_the_expiry_on(
    moment: datetime.datetime, depth: Timedepth, expiration: datetime.timedelta
) -> None:
    retention = Retention(expiration)
    found = Period(depth.floor(moment), depth)
    expiry = retention.expiry(found)
    assert retention.is_expired(found, expiry + MILLISECOND)
    assert not retention.is_expired(found, expiry - MILLISECOND)
