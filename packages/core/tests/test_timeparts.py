from __future__ import annotations

import datetime

import pytest

from djelme.timeparts import format_timestamp, parse_range, parse_when, to_utc

UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ((1999,), (1999, 1, 1)),
        ((2050, 12), (2050, 12, 1)),
        (datetime.date(2030, 1, 2), (2030, 1, 2)),
        ("2026", (2026, 1, 1)),
        ("2026-11", (2026, 11, 1)),
        ("2026-11-23T04", (2026, 11, 23, 4)),
        ("2026-11-23T04:05:06+05:00", (2026, 11, 22, 23, 5, 6)),
        ("2026-11-23T04:05:06.789Z", (2026, 11, 23, 4, 5, 6, 789_000)),
        ("2026.2.14.", (2026, 2, 14)),
        ((2026, 1, 1, 0, 0, 0, 1), (2026, 1, 1, 0, 0, 0, 1000)),
    ],
)
def test_a_moment_begins(given: object, moment: tuple[int, ...]) -> None:
    assert parse_when(given) == datetime.datetime(*moment, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    "given", [(), (2026, 13), (2026, 2, 31), "hello", "", (0,), (10_000,), (True,), (2026.5,)]
)
def test_impossible_moments_are_refused(given: object) -> None:
    with pytest.raises(ValueError, match="until_when should be a tuple"):
        parse_range((1999,), given)


@pytest.mark.parametrize("given", [None, 2026, 3.5])
def test_other_types_are_refused(given: object) -> None:
    with pytest.raises(TypeError, match="from_when should be a tuple"):
        parse_range(given, (2026,))


def test_a_range_ends_not_before_it_begins() -> None:
    with pytest.raises(ValueError, match="should not be after"):
        parse_range((2027,), (2026,))


def test_aware_times_are_converted_and_naive_ones_are_utc() -> None:
    aware = datetime.datetime.fromisoformat("2030-01-01T01:00:00.123999+05:00")
    assert format_timestamp(to_utc(aware)) == "2029-12-31T20:00:00.123Z"
    assert format_timestamp(datetime.datetime(2030, 1, 1)) == "2030-01-01T00:00:00.000Z"  # noqa: DTZ001
