from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djelme.timeparts import parse_when
from elasticsearch_metrics.admin.moment import ago, day_text, duration_text, url_text

_UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (3_600, "1 hour"),
        (7_199, "119 minutes"),
        (7_200, "2 hours"),
        (86_400, "1 day"),
        (86_401, "24 hours"),
        (90 * 86_400, "90 days"),
    ],
)
def test_lengths_of_time_in_words(seconds: float, expected: str) -> None:
    assert duration_text(seconds) == expected


def test_how_long_ago() -> None:
    now = datetime.datetime(2026, 11, 23, 12, tzinfo=_UTC)
    assert ago(now - datetime.timedelta(minutes=5), now) == "5 minutes ago"
    assert ago(now + datetime.timedelta(minutes=5), now) == "in the future"


def test_a_midnight_is_a_day() -> None:
    assert day_text(datetime.datetime(2026, 11, 23, tzinfo=_UTC)) == "2026-11-23"
    assert day_text(datetime.datetime(2026, 11, 23, 4, 5, tzinfo=_UTC)) == "2026-11-23 04:05"


@given(st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2200, 1, 1)))  # noqa: DTZ001 - the strategy's
def test_forms_read_what_urls_say(naive: datetime.datetime) -> None:
    moment = naive.replace(microsecond=naive.microsecond // 1000 * 1000, tzinfo=_UTC)
    assert parse_when(url_text(moment)) == moment
