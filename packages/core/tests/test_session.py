from __future__ import annotations

import datetime
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djelme.session import (
    Click,
    click_window,
    derive_salt,
    milliseconds,
    session_parts,
    sessionhour_id,
    superseded_clicks,
)

UTC = datetime.timezone.utc
SALT = b"salt of a day"
WHEN = datetime.datetime(2026, 11, 23, 10, 1, tzinfo=UTC)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
moments = st.integers(86_400_000, 250_000_000_000_000).map(
    lambda number: EPOCH + datetime.timedelta(milliseconds=number)
)


def test_the_best_known_identity_is_taken() -> None:
    assert session_parts() is None
    assert session_parts(request_host="192.0.2.1") == ("host", "192.0.2.1", "")
    assert session_parts(request_useragent="Browser") == ("host", "", "Browser")
    host = session_parts(request_host="192.0.2.1", request_useragent="Browser")
    assert host == ("host", "192.0.2.1", "Browser")
    client = session_parts(client_session_id="a", request_host="h", request_useragent="u")
    assert client == ("client", "a")
    assert session_parts(user_id="a", client_session_id="b") == ("user", "a")


def test_kinds_and_borders_of_identities_are_kept_apart() -> None:
    identities = [
        {"user_id": "a"},
        {"client_session_id": "a"},
        {"request_host": "a", "request_useragent": "b|c"},
        {"request_host": "a|b", "request_useragent": "c"},
        {"request_host": 'a","b', "request_useragent": "c"},
    ]
    parts = [session_parts(**identity) for identity in identities]
    ids = {sessionhour_id(part, WHEN, SALT) for part in parts if part is not None}
    assert len(ids) == len(identities)


def test_an_id_is_opaque_and_short() -> None:
    found = sessionhour_id(("user", "alice"), WHEN, SALT)
    assert len(found) == 24
    assert "alice" not in found


def test_an_id_holds_for_one_hour_of_utc() -> None:
    def id_at(when: datetime.datetime) -> str:
        return sessionhour_id(("user", "alice"), when, SALT)

    hour = datetime.datetime(2026, 11, 23, 10, tzinfo=UTC)
    last = hour + datetime.timedelta(minutes=59, seconds=59, milliseconds=999)
    assert id_at(hour) == id_at(last)
    assert id_at(hour) != id_at(hour + datetime.timedelta(hours=1))
    assert id_at(hour) != id_at(hour + datetime.timedelta(days=1))
    elsewhere = hour.astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30)))
    assert id_at(elsewhere) == id_at(hour)


def test_salts_differ_by_day_and_secret() -> None:
    day, secrets = datetime.date(2026, 11, 23), (b"one", b"other")
    days = (day, day + datetime.timedelta(days=1))
    salts = {derive_salt(secret, one) for secret, one in itertools.product(secrets, days)}
    assert len(salts) == 4
    assert derive_salt(b"one", day) == derive_salt(b"one", day)
    ids = {sessionhour_id(("user", "alice"), WHEN, salt) for salt in salts}
    assert len(ids) == 4


@given(moments)
def test_a_window_is_half_a_minute(moment: datetime.datetime) -> None:
    first = click_window(moment)
    assert click_window(moment + datetime.timedelta(seconds=30)) == first + 1
    assert first * 30_000 <= milliseconds(moment) < (first + 1) * 30_000


@pytest.mark.parametrize(
    ("seconds", "counted"),
    [
        ([0], [0]),
        ([0, 29], [29]),  # the example of the Code of Practice
        ([0, 35], [0, 35]),  # its other one
        ([0, 30], [30]),
        ([0, 30.001], [0, 30.001]),
        ([0, 20, 40, 60], [60]),
        ([0, 20, 51, 60], [20, 60]),
        ([0, 0], [0]),
    ],
)
def test_double_clicks(seconds: list[float], counted: list[float]) -> None:
    clicks = [Click("item", int(second * 1000), number) for number, second in enumerate(seconds)]
    dropped = {click.reference for click in superseded_clicks(clicks)}
    kept = [click.moment / 1000 for click in clicks if click.reference not in dropped]
    assert kept == counted


def test_clicks_on_different_items_are_no_double_clicks() -> None:
    clicks = [Click("a", 0, 1), Click("a", 31_000, 2), Click("b", 31_500, 3)]
    assert list(superseded_clicks(clicks)) == []


@given(st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 3))))
def test_clicks_on_many_things_are_those_on_each(given: list[tuple[int, int]]) -> None:
    ordered = sorted(given)
    clicks = [Click(key, moment, number) for number, (moment, key) in enumerate(ordered)]
    together = {click.reference for click in superseded_clicks(clicks)}
    apart = {
        click.reference
        for key in range(4)
        for click in superseded_clicks([click for click in clicks if click.key == key])
    }
    assert together == apart


@given(st.lists(st.integers(0, 600_000), min_size=1))
def test_as_many_clicks_count_as_there_are_groups(times: list[int]) -> None:
    ordered = sorted(times)
    clicks = [Click("item", moment, number) for number, moment in enumerate(ordered)]
    dropped = {click.reference for click in superseded_clicks(clicks)}
    gaps = [later - earlier for earlier, later in itertools.pairwise(ordered)]
    assert len(clicks) - len(dropped) == 1 + sum(gap > 30_000 for gap in gaps)
    assert len(clicks) - 1 not in dropped  # the last one always counts
