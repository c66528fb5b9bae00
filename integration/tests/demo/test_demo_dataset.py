"""Rows of the file become fields of records."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from demo.dataset import FLIGHTS, flight_fields, spread

ROW = {
    "year": "2013",
    "dep_delay": "-4",
    "arr_delay": "11",
    "carrier": "UA",
    "flight": "1545",
    "tailnum": "N14228",
    "origin": "EWR",
    "dest": "IAH",
    "air_time": "227",
    "distance": "1400",
    "hour": "5",
    "minute": "15",
    "time_hour": "2013-01-01T10:00:00Z",
}


def test_a_row_becomes_typed_fields() -> None:
    assert flight_fields(ROW) == {
        "timestamp": datetime(2013, 1, 1, 10, 15, tzinfo=timezone.utc),
        "destination": "IAH",
        "origin": "EWR",
        "carrier": "UA",
        "flight_number": 1545,
        "tail_number": "N14228",
        "distance": 1400,
        "departure_delay": -4,
        "arrival_delay": 11,
        "air_time": 227,
    }


@pytest.mark.parametrize("missing", ["NA", ""])
def test_what_is_missing_is_none(missing: str) -> None:
    columns = ("dep_delay", "arr_delay", "air_time", "tailnum")
    fields = flight_fields({**ROW, **dict.fromkeys(columns, missing)})
    names = ("departure_delay", "arrival_delay", "air_time", "tail_number")
    assert [fields[name] for name in names] == [None] * 4


def test_the_last_minute_of_the_data_is_in_another_year() -> None:
    fields = flight_fields({**ROW, "time_hour": "2014-01-01T04:00:00Z", "minute": "59"})
    assert fields["timestamp"] == datetime(2014, 1, 1, 4, 59, tzinfo=timezone.utc)


@pytest.mark.parametrize("change", [{"distance": "far"}, {"minute": "NA"}, {"time_hour": "soon"}])
def test_what_cannot_be_read_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"far|NA|soon"):
        flight_fields({**ROW, **change})


@pytest.mark.parametrize("count", [1, 7, 20_000, FLIGHTS])
def test_some_flights_are_spread_over_the_whole_year(count: int) -> None:
    rows = list(spread(count))
    assert len(rows) == count
    assert rows == sorted(set(rows))
    assert rows[0] == 0
    assert FLIGHTS - rows[-1] <= FLIGHTS // count + 1
