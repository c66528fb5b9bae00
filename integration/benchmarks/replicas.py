"""What copies cost on a cluster of several nodes, beside one without copies; no budgets."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks import site
from benchmarks.row import Row
from benchmarks.timing import Sample, alternate, rates, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ("run",)

_ROUNDS = 3
_CALLS = 400
_SHARDS = 3


def run(count: int) -> Iterator[Row]:
    """Measure bulks and single records with as many replicas as there are nodes for."""
    alone = _event_type(0)
    health = alone.get_backend().request("GET", "/_cluster/health")
    nodes = health["number_of_data_nodes"]
    types = {0: alone, **{number: _event_type(number) for number in range(1, nodes)}}
    given = list(site.records(count))

    def load(recordtype: Any) -> float:
        site.clean(recordtype)
        return timed(partial(recordtype.bulk_record, given, senders=2))

    def call(recordtype: Any) -> float:
        return timed(partial(recordtype.record, **site.FIELDS))

    load(types[0])  # the first load of a server is slower
    loads = alternate(_for_each(load, types), _ROUNDS)
    for recordtype in types.values():
        recordtype.record(**site.FIELDS)  # makes the index of today
    calls = alternate(_for_each(call, types), _CALLS)
    for number in range(1, nodes):
        copies = f"{number} replica{'s' if number > 1 else ''}, {nodes} nodes"
        yield Row(
            f"bulk_record, two senders, {copies}",
            "no replica",
            _ratio(loads, number),
            detail=rates([loads[str(number)], loads["0"]], count),
        )
        yield Row(
            f"record() direct, {copies}",
            "no replica",
            _ratio(calls, number),
            detail=_milliseconds(calls[str(number)], calls["0"]),
        )
    for recordtype in types.values():
        site.clean(recordtype)


def _for_each(measure: Callable[[Any], float], types: dict[int, Any]) -> dict[str, Any]:
    return {str(number): partial(measure, recordtype) for number, recordtype in types.items()}


def _ratio(samples: dict[str, Sample], number: int) -> float:
    return samples[str(number)].median / samples["0"].median


def _milliseconds(*samples: Sample) -> str:
    return " and ".join(f"{sample.median * 1e3:.2f}" for sample in samples) + " ms"


def _event_type(replicas: int) -> Any:
    settings = {"number_of_shards": _SHARDS, "number_of_replicas": replicas}
    return site.event_type(f"Copied{replicas}", settings=settings)
