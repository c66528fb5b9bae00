"""Single records: directly beside the client, and in the background beside directly."""

from __future__ import annotations

import json
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks import site
from benchmarks.row import Row
from benchmarks.timing import Sample, alternate, alternate_paced, paced, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ("run",)

_CALLS = 2_000
_RATE = 1_000
#: What one caller can have stored directly, with time to spare.
_DIRECT_RATE = 200
_SECONDS = 1.0
_ROUNDS = 5
_BUDGETS = {"buffered": 60.0, "durable": 45.0}
_LATE_SHARE = 0.99
_LATE_BUDGET = 1 / 20
#: Records that the queue has room for, so that nothing but `record` is measured.
_LOOP = 5_000


def run(_count: int) -> Iterator[Row]:
    """Measure single records; their number doesn't depend on the size of the run."""
    recordtype = site.event_type("Single")
    yield _direct(recordtype)
    record = {
        name: partial(recordtype.record, using=name, **site.FIELDS)
        for name in ("direct", "buffered", "durable", "buffered-away", "durable-away")
    }
    for name in ("direct", "buffered", "durable"):
        record[name]()
    up = {name: record[name] for name in ("direct", "buffered", "durable")}
    samples = _paced(recordtype, up, _DIRECT_RATE)
    direct = samples["direct"]
    for delivery, budget in _BUDGETS.items():
        yield Row(
            f"record() {delivery}, p50 at {_DIRECT_RATE:,}/s",
            "record() direct at the same pace",
            direct.median / samples[delivery].median,
            budget,
            at_least=True,
            detail=f"{_us(samples[delivery].median)} and {_us(direct.median)}",
        )
    late = direct.quantile(_LATE_SHARE)
    samples = _paced(recordtype, {name: up[name] for name in _BUDGETS}, _RATE)
    for name in ("buffered-away", "durable-away"):
        samples[name] = paced(record[name], rate=_RATE, seconds=_SECONDS * _ROUNDS)
    for name, sample in samples.items():
        yield _late(name, sample, late)
    yield _loop(recordtype)
    site.clean(recordtype)


def _paced(
    recordtype: Any, calls: Mapping[str, Callable[[], object]], rate: int
) -> dict[str, Sample]:
    return alternate_paced(
        calls,
        rates=dict.fromkeys(calls, rate),
        seconds=_SECONDS,
        rounds=_ROUNDS,
        # So that nothing is sent in the background of another's turn.
        between=lambda name: recordtype.get_backend(name).flush(60),
    )


def _loop(recordtype: Any) -> Row:
    """Compare records in a loop with the least that anything in memory costs."""
    backend = recordtype.get_backend("buffered")
    (document,) = site.sources(1)
    kept: deque[str] = deque()

    def record() -> None:
        for _ in range(_LOOP):
            recordtype.record(using="buffered", **site.FIELDS)

    def dump() -> None:
        for _ in range(_LOOP):
            kept.append(json.dumps(document))

    def after(clear: Callable[[], object], loop: Callable[[], None]) -> float:
        clear()
        return timed(loop)

    samples = alternate(
        {
            "record": partial(after, partial(backend.flush, 60), record),
            "dumps": partial(after, kept.clear, dump),
        },
        2 * _ROUNDS,
    )
    per_record = [_us(samples[name].median / _LOOP) for name in ("record", "dumps")]
    return Row(
        "record() buffered, in a loop",
        "json.dumps and deque.append",
        samples["record"].median / samples["dumps"].median,
        3.0,
        detail=" and ".join(per_record),
    )


def _direct(recordtype: Any) -> Row:
    client = recordtype.get_backend().client
    recordtype.record(**site.FIELDS)
    index = recordtype(**site.FIELDS).djelme_index_name()
    (document,) = site.sources(1)
    samples = alternate(
        {
            "record": partial(timed, partial(recordtype.record, **site.FIELDS)),
            "index": partial(timed, partial(client.index, index=index, document=document)),
        },
        _CALLS,
    )
    return Row(
        "record() direct",
        "client.index of a raw dict",
        samples["record"].median / samples["index"].median,
        1.05,
        detail=f"{_us(samples['record'].median)} and {_us(samples['index'].median)}",
    )


def _late(name: str, sample: Sample, reference: float) -> Row:
    delivery, _, away = name.partition("-")
    where = "away" if away else "up"
    measured = sample.quantile(_LATE_SHARE)
    return Row(
        f"record() {delivery}, p99 at {_RATE:,}/s, cluster {where}",
        "p99 of record() direct",
        measured / reference,
        _LATE_BUDGET,
        detail=f"{_us(measured)} and {_us(reference)}; p50 {_us(sample.median)}",
    )


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f} us"
