"""Single records: directly beside the client, and in the background beside directly."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks import site
from benchmarks.row import Row
from benchmarks.timing import Sample, alternate, alternate_paced, paced, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("run",)

_CALLS = 2_000
_RATE = 1_000
#: What one caller can have stored directly, with time to spare.
_DIRECT_RATE = 200
_SECONDS = 1.0
_ROUNDS = 5
_BUDGETS = {"buffered": 200.0, "durable": 100.0}
_LATE_SHARE = 0.99
_LATE_BUDGET = 1 / 20


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
    up = ("direct", "buffered", "durable")
    samples = alternate_paced(
        {name: record[name] for name in up},
        rates={name: _DIRECT_RATE if name == "direct" else _RATE for name in up},
        seconds=_SECONDS,
        rounds=_ROUNDS,
        # So that nothing is sent in the background of another's turn.
        between=lambda name: recordtype.get_backend(name).flush(60),
    )
    direct = samples.pop("direct")
    for name in ("buffered-away", "durable-away"):
        samples[name] = paced(record[name], rate=_RATE, seconds=_SECONDS * _ROUNDS)
    for delivery, budget in _BUDGETS.items():
        yield Row(
            f"record() {delivery}, p50 at {_RATE:,}/s",
            f"record() direct at {_DIRECT_RATE:,}/s",
            direct.median / samples[delivery].median,
            budget,
            at_least=True,
            detail=f"{_us(samples[delivery].median)} and {_us(direct.median)}",
        )
    late = direct.quantile(_LATE_SHARE)
    for name, sample in samples.items():
        yield _late(name, sample, late)
    site.clean(recordtype)


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
        1.1,
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
