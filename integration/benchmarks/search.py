"""Searches over a range of time beside searches over the exact list of indexes."""

from __future__ import annotations

import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks import site
from benchmarks.row import Row
from benchmarks.timing import alternate, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("run",)

_INDEXES = 1_000
_DAYS = 30
_WARMING_CALLS = 150
_CALLS = 400
_NAMES_BYTES = 3_500
_FIRST = datetime.datetime(2024, 2, 3, tzinfo=datetime.timezone.utc)


def run(_count: int) -> Iterator[Row]:
    """Measure on a thousand daily indexes; their number doesn't depend on the size of the run."""
    recordtype = site.event_type("Ranged")
    backend = recordtype.get_backend()
    limit = {"persistent": {"cluster.max_shards_per_node": 3 * _INDEXES}}
    backend.request("PUT", "/_cluster/settings", body=limit)
    recordtype.bulk_record(
        (
            {**site.FIELDS, "timestamp": _FIRST + datetime.timedelta(days=number, hours=hour)}
            for number in range(_INDEXES)
            for hour in range(4)
        ),
        chunk_size=100,
    )
    recordtype.refresh()
    # Days in the middle of months, over the end of a year.
    start = _FIRST.replace(month=12, day=17)
    end = start + datetime.timedelta(days=_DAYS)
    yield _speed(recordtype, start, end)
    longest = recordtype.search_timeseries_range(_FIRST, _FIRST + datetime.timedelta(days=_INDEXES))
    asked = max(
        len(",".join(search._index)) for search in (longest, _ranged(recordtype, start, end))
    )
    yield Row(
        "bytes of names in a request",
        f"{_DAYS} and {_INDEXES} days",
        float(asked),
        float(_NAMES_BYTES),
        unit="bytes",
    )
    site.clean(recordtype)


def _speed(recordtype: Any, start: datetime.datetime, end: datetime.datetime) -> Row:
    names = [
        recordtype(
            **site.FIELDS, timestamp=start + datetime.timedelta(days=day)
        ).djelme_index_name()
        for day in range(_DAYS)
    ]
    ranged = _ranged(recordtype, start, end)
    exact = ranged.index().index(names)
    if ranged.count() != exact.count() or not ranged.count():
        msg = f"the searches differ: {ranged.count()} and {exact.count()} records"
        raise RuntimeError(msg)
    # A search keeps its answer, so each call needs a fresh one.
    measures = {
        "ranged": partial(timed, lambda: ranged.query().execute()),
        "exact": partial(timed, lambda: exact.query().execute()),
    }
    # While the server still compiles what it runs, the same search differs from itself by a tenth.
    alternate(measures, _WARMING_CALLS)
    samples = alternate(measures, _CALLS)
    return Row(
        f"range of {_DAYS} of {_INDEXES:,} daily indexes",
        f"the exact list of {_DAYS} names",
        samples["ranged"].median / samples["exact"].median,
        1.05,
        detail=f"{samples['ranged'].median * 1e3:.2f} and {samples['exact'].median * 1e3:.2f} ms",
    )


def _ranged(recordtype: Any, start: datetime.datetime, end: datetime.datetime) -> Any:
    return recordtype.search_timeseries_range(start, end)
