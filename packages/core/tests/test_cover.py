from __future__ import annotations

import datetime
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from djelme.cover import MAX_BYTES, all_indexes, cover
from djelme.naming import IndexNaming
from djelme.timedepth import Timedepth

UTC = datetime.timezone.utc

moments = st.datetimes(
    min_value=datetime.datetime(1, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime.datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
recent_moments = st.datetimes(
    min_value=datetime.datetime(2024, 1, 1),  # noqa: DTZ001
    max_value=datetime.datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
depths = st.sampled_from(Timedepth)
bases = st.sampled_from(["a", "myapp_usagerecord", "x" * 60, "y" * 241])


def matches(expressions: tuple[str, ...], name: str) -> bool:
    return any(
        re.fullmatch(".*".join(map(re.escape, expression.split("*"))), name)
        for expression in expressions
    )


def unpadded(moment: datetime.datetime, depth: Timedepth) -> str:
    parts = (moment.year, moment.month, moment.day, moment.hour)[:depth]
    return "".join(f"{part}." for part in parts)


@given(st.lists(moments | recent_moments, min_size=3, max_size=3), depths, depths, bases)
@example(
    [datetime.datetime(year, 10, 1, tzinfo=UTC) for year in (999, 999, 1009)],
    Timedepth.YEARLY,
    Timedepth.MONTHLY,
    "a",
)
def test_an_index_with_a_moment_of_the_range_is_never_missed(
    three: list[datetime.datetime], depth: Timedepth, other_depth: Timedepth, base: str
) -> None:
    start, moment, end = sorted(three)
    naming = IndexNaming(base, depth, date_formats=("%Y-%m-%d", "v%y%m"))
    found = cover(naming, start, end + datetime.timedelta(milliseconds=1))
    assert sum(len(name) + 1 for name in found) <= MAX_BYTES
    assert matches(found, IndexNaming(base, other_depth).index_name(moment))
    assert matches(found, f"{base}_{unpadded(moment, other_depth)}")
    if moment.year >= 1000:  # strftime doesn't pad the years before
        assert matches(found, f"{base}_{moment:%Y-%m-%d}")
        assert matches(found, f"{base}_{moment:v%y%m}")


@given(st.lists(recent_moments, min_size=2, max_size=2), recent_moments, depths)
def test_a_short_cover_is_exact(
    bounds: list[datetime.datetime], moment: datetime.datetime, depth: Timedepth
) -> None:
    start, end = sorted(bounds)
    naming = IndexNaming("a", depth)
    period = depth.floor(moment)
    held = start < end and period < end and depth.next(period) > start
    assert matches(cover(naming, start, end), naming.index_name(moment)) == held


@pytest.mark.parametrize(("depth", "days"), [(Timedepth.DAILY, 1_000), (Timedepth.HOURLY, 7_300)])
def test_long_ranges_need_few_names(depth: Timedepth, days: int) -> None:
    start = datetime.datetime(2007, 3, 4, 5, tzinfo=UTC)
    found = cover(
        IndexNaming("myapp_usagerecord", depth), start, start + datetime.timedelta(days=days)
    )
    assert sum(len(name) + 1 for name in found) <= MAX_BYTES


def test_an_empty_range_covers_nothing() -> None:
    moment = datetime.datetime(2026, 1, 1, tzinfo=UTC)
    assert cover(IndexNaming("a", Timedepth.DAILY), moment, moment) == ()


def test_the_until_bound_in_another_year_is_covered_on_yearly_indexes() -> None:
    found = cover(
        IndexNaming("a", Timedepth.YEARLY),
        datetime.datetime(2025, 12, 20, tzinfo=UTC),
        datetime.datetime(2026, 1, 2, tzinfo=UTC),
    )
    assert {"a_2025*", "a_2026*"} <= set(found)


def test_the_stars_of_patterns_are_at_their_end() -> None:
    start = datetime.datetime(2026, 9, 27, 14, tzinfo=UTC)
    for depth in (Timedepth.MONTHLY, Timedepth.DAILY, Timedepth.HOURLY):
        found = cover(IndexNaming("a", depth), start, start + datetime.timedelta(days=50))
        assert not [name for name in found if "*" in name[:-1]]


def test_types_with_longer_names_are_left_alone() -> None:
    everything = all_indexes(IndexNaming("pviews", Timedepth.DAILY))
    assert matches(everything, "pviews_2026.11.23")
    assert not matches(everything, "pviews_daily_2026.11.23")
    assert not matches(everything, "pviewsdaily_2026.11.23")
    assert not matches(everything, "my_pviews_2026.11.23")
