"""The times of the oldest and the newest records, as searches give them."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from djelme.timeparts import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("BEGINNING", "FOREVER", "TIME_FORMAT", "ask_bounds", "read_bounds")

#: The beginning of all times that a record can have.
BEGINNING = datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)
#: The end of them.
FOREVER = datetime.datetime.max.replace(microsecond=999_000, tzinfo=datetime.timezone.utc)
#: Without parts that a format might leave out; all versions write it the same.
TIME_FORMAT = "strict_date_time"


def ask_bounds(time_field: str) -> dict[str, Any]:
    """Return the aggregations for the times of the oldest and the newest record.

    Args:
        time_field: name of the field with the time.
    """
    of_time = {"field": time_field, "format": TIME_FORMAT}
    return {"oldest": {"min": of_time}, "newest": {"max": of_time}}


def read_bounds(
    results: Mapping[str, Any],
) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    """Return the times of the oldest and the newest record, in UTC; None where there is none.

    Args:
        results: of what `ask_bounds` asks for; empty if there is no index.
    """
    return _moment(results.get("oldest")), _moment(results.get("newest"))


def _moment(found: Mapping[str, Any] | None) -> datetime.datetime | None:
    if found is None or found.get("value") is None:
        return None
    try:
        return parse_timestamp(found["value_as_string"])
    except ValueError:
        return None  # Somebody else wrote it, beyond the times that a record can have.
