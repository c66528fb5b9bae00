from __future__ import annotations

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djelme.naming import (
    IndexNaming,
    Period,
    base_name,
    format_time,
    patterns_overlap,
    validate_date_format,
    validate_name,
)
from djelme.timedepth import Timedepth

UTC = datetime.timezone.utc

moments = st.datetimes(
    min_value=datetime.datetime(1, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime.datetime(9999, 12, 31, 23, 59, 59),  # noqa: DTZ001
    timezones=st.just(UTC),
)
depths = st.sampled_from(Timedepth)
date_formats = st.sampled_from(["%Y.%m.%d", "%Y.%m", "%Y", "%Y-%m-%d", "%Y%m%d%H", "v%Y_%j"])


def naming(depth: int = 3, *date_formats: str, date_format: str | None = None) -> IndexNaming:
    return IndexNaming("myapp_usage", Timedepth(depth), date_formats, date_format)


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


# Names of indexes.


@pytest.mark.parametrize(
    ("depth", "time"), [(1, "0866"), (2, "0866.02"), (3, "0866.02.03"), (4, "0866.02.03.04")]
)
def test_parts_of_time_are_padded(depth: int, time: str) -> None:
    assert naming(depth).index_name(utc(866, 2, 3, 4, 59)) == f"myapp_usage_{time}"


@given(moments, moments, depths)
def test_names_sort_by_time(
    one: datetime.datetime, other: datetime.datetime, depth: Timedepth
) -> None:
    earlier, later = sorted([one, other])
    assert naming(depth).index_name(earlier) <= naming(depth).index_name(later)


@given(moments, depths)
def test_what_is_written_is_read(moment: datetime.datetime, depth: Timedepth) -> None:
    period = naming().parse(naming(depth).index_name(moment))
    assert period == Period(depth.floor(moment), depth)
    assert period.start <= moment


@given(moments, depths)
def test_what_the_published_library_wrote_is_read(
    moment: datetime.datetime, depth: Timedepth
) -> None:
    parts = (moment.year, moment.month, moment.day, moment.hour)[:depth]
    name = "myapp_usage_" + "".join(f"{part}." for part in parts)
    assert naming().parse(name) == Period(depth.floor(moment), depth)


@given(moments, date_formats)
def test_what_is_written_in_a_date_format_is_read(
    moment: datetime.datetime, date_format: str
) -> None:
    in_format = naming(3, date_format, date_format=date_format)
    period = in_format.parse(in_format.index_name(moment))
    assert period is not None
    assert period.start <= moment
    assert moment < period.end or period.end.year == 9999


def test_a_date_format_names_new_indexes_and_leaves_old_ones_readable() -> None:
    in_format = naming(3, "%Y-%m", date_format="%Y-%m")
    assert in_format.index_name(utc(2026, 11, 3)) == "myapp_usage_2026-11"
    assert in_format.parse("myapp_usage_2026-11") == Period(utc(2026, 11, 1), Timedepth.MONTHLY)
    assert in_format.parse("myapp_usage_2026.11.03") == Period(utc(2026, 11, 3), Timedepth.DAILY)
    assert naming().parse("myapp_usage_2026-11") is None


def test_a_former_date_format_is_read_only() -> None:
    formerly = naming(3, "%Y-%m")
    assert formerly.index_name(utc(2026, 11, 3)) == "myapp_usage_2026.11.03"
    assert formerly.parse("myapp_usage_2026-11") == Period(utc(2026, 11, 1), Timedepth.MONTHLY)


@pytest.mark.parametrize(
    ("date_format", "depth"),
    [("%Y", 1), ("%Y-%m", 2), ("%Y-%m-%d", 3), ("%Y-%j", 3), ("%Y-%m-%d-%H", 4), ("%Y%m%d%H%M", 4)],
)
def test_the_finest_directive_tells_the_period(date_format: str, depth: int) -> None:
    moment = utc(2026, 11, 3, 4)
    period = naming(3, date_format).parse(f"myapp_usage_{format_time(moment, date_format)}")
    assert period == Period(Timedepth(depth).floor(moment), Timedepth(depth))


@pytest.mark.parametrize(
    "name",
    [
        "myapp_usage",
        "myapp_usage_",
        "myapp_usage2_2026",
        "myapp_usage_more_2026",
        "other_myapp_usage_2026",
        "MYAPP_USAGE_2026",
        "myapp_usage_2026.13",
        "myapp_usage_2026.02.30",
        "myapp_usage_2026.02.03.24",
        "myapp_usage_0000",
        "myapp_usage_2026.2",
        "myapp_usage_2026.02.03.04.05",
        "myapp_usage_2026.02.",
        "myapp_usage_26",
        "myapp_usage_2026-02",
        "myapp_usage_2026.02-reindexed",
        "myapp_usage_-2026",
        "myapp_usage_\u0662\u0660\u0662\u0666",  # digits, but not ours
    ],
)
def test_other_names_have_no_period(name: str) -> None:
    assert naming().parse(name) is None


@given(st.text())
def test_no_name_is_too_odd_to_be_read(rest: str) -> None:
    naming(3, "%Y-%m").parse(f"myapp_usage_{rest}")


def test_template_and_pattern() -> None:
    assert naming().template_name == "myapp_usage"
    assert naming().pattern == "myapp_usage_*"


def test_a_period_ends_where_the_next_begins_or_with_time() -> None:
    assert Period(utc(2026, 12, 1), Timedepth.MONTHLY).end == utc(2027, 1, 1)
    assert Period(utc(9999, 1, 1), Timedepth.YEARLY).end == datetime.datetime.max.replace(
        tzinfo=UTC
    )


# What names begin with.


@pytest.mark.parametrize(
    ("options", "base"),
    [
        ({}, "my_app_usagerecord"),
        ({"prefix": "test-"}, "test-my_app_usagerecord"),
        ({"template_name": "pviews"}, "pviews"),
        ({"template_name": "pviews", "prefix": "test-"}, "test-pviews"),
    ],
)
def test_base_name(options: dict[str, str], base: str) -> None:
    assert base_name("My_App", "UsageRecord", **options) == base


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "is empty"),
        ("myapp_Usage", "has upper-case letters"),
        ("my app", "has the forbidden character ' '"),
        ("my*app", r"has the forbidden character '\*'"),
        ("a,b", "has the forbidden character ','"),
        ("a:b", "has the forbidden character ':'"),
        ("a\nb", r"has the forbidden character '\\n'"),
        ("_a", "begins with '_'"),
        ("-a", "begins with '-'"),
        (".a", "begins with '.'"),
        ("a" * 242, "is longer than 241 bytes"),
        ("\u00e4" * 121, "is longer than 241 bytes"),
    ],
)
def test_names_that_elasticsearch_refuses(name: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        validate_name(name)


@pytest.mark.parametrize("name", ["a", "a" * 241, "my-app_\u00e4", "9lives", "a.b"])
def test_names_that_elasticsearch_takes(name: str) -> None:
    validate_name(name)


def test_the_template_name_is_checked_too() -> None:
    with pytest.raises(ValueError, match="'Pviews' can't be used in Elasticsearch: it has upper"):
        base_name("myapp", "usage", template_name="Pviews")


# Date formats.


@pytest.mark.parametrize(
    "date_format",
    ["%Y.%m.%d", "%Y.%m", "%Y", "%Y-%m-%d", "%Y%m", "%y-%m", "%Y-%j", "v%Y", "%Y%m%d%H"],
)
def test_date_formats_that_tell_a_period(date_format: str) -> None:
    validate_date_format(date_format)


@pytest.mark.parametrize(
    "date_format",
    ["", "%m.%d", "%d", "indexes", "%b-%Y", "%Y/%m", "%Y %m", "%Y-%-m", "%Y.%d.%m", "%Y-%W", "%%Y"],
)
def test_date_formats_that_tell_none(date_format: str) -> None:
    with pytest.raises(ValueError, match=r"doesn't tell its period again|can't be used"):
        validate_date_format(date_format)


# Patterns.

patterns = st.text("ab*", max_size=6)
names = st.text("ab", max_size=7)


def matches(pattern: str, name: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None


@given(patterns, patterns, names)
def test_patterns_that_match_a_common_name_overlap(one: str, other: str, name: str) -> None:
    if matches(one, name) and matches(other, name):
        assert patterns_overlap(one, other)


@given(patterns, patterns)
def test_overlap_goes_both_ways(one: str, other: str) -> None:
    assert patterns_overlap(one, other) == patterns_overlap(other, one)


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("my_app_*", "my_*", True),
        ("my_app_*", "myapp_*", False),
        ("a_*", "a_b_*", True),
        ("*_a", "b_*", True),
        ("*a", "*b", False),
        ("a*b*c", "a*d*c", True),
        ("", "*", True),
        ("", "", True),
        ("a", "", False),
    ],
)
def test_patterns_overlap(one: str, other: str, *, overlap: bool) -> None:
    assert patterns_overlap(one, other) is overlap
