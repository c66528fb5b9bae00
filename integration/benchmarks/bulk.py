"""Bulk loads beside the client's own helper, and what they cost."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks import site
from benchmarks.row import Row
from benchmarks.timing import alternate, rates, timed
from djelme.operation import NEW_DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ("run",)

#: With five, medians of a second each still differ by a tenth from run to run.
_ROUNDS = 9


def run(count: int) -> Iterator[Row]:
    """Measure loads of so many records."""
    recordtype = site.event_type("Bulk")
    yield from _speed(recordtype, count)
    yield _python_cost(recordtype, count)
    yield _size(recordtype, count)
    site.clean(recordtype)


def _speed(recordtype: Any, count: int) -> Iterator[Row]:
    from elasticsearch8 import helpers

    client = recordtype.get_backend().client
    documents = list(site.sources(count))
    given = list(site.records(count))
    index = recordtype(**given[0]).djelme_index_name()

    def reference() -> None:
        actions = ({"_index": index, "_source": document} for document in documents)
        helpers.bulk(client, actions)

    def measured(senders: int) -> None:
        recordtype.bulk_record(given, senders=senders)

    def cleaned(load: Any) -> float:
        site.clean(recordtype)
        return timed(load)

    cleaned(reference)  # the first load of a server is slower
    samples = alternate(
        {
            "reference": partial(cleaned, reference),
            "one": partial(cleaned, partial(measured, 1)),
            "two": partial(cleaned, partial(measured, 2)),
        },
        _ROUNDS,
    )
    for name, senders, budget in (("one", "one sender", 2.3), ("two", "two senders", 2.8)):
        yield Row(
            f"bulk_record of dicts, {senders}",
            "helpers.bulk of raw dicts",
            samples["reference"].median / samples[name].median,
            budget,
            at_least=True,
            detail=(
                f"{rates([samples[name], samples['reference']], count)} "
                f"(spread {samples[name].spread}, {samples['reference'].spread})"
            ),
        )


def _python_cost(recordtype: Any, count: int) -> Row:
    """Measure what a record costs in this process when sending costs nothing."""
    backend = recordtype.get_backend()
    given = list(site.records(count))
    backend.store_many = lambda operations: [NEW_DOCUMENT] * len(operations)

    documents = list(site.sources(count))

    def used(work: Callable[[], object]) -> float:
        started = time.process_time()
        work()
        return time.process_time() - started

    measures = {
        "load": partial(used, partial(recordtype.bulk_record, given)),
        "dumps": partial(used, lambda: [json.dumps(document) for document in documents]),
    }
    try:
        samples = alternate(measures, _ROUNDS)
    finally:
        del backend.store_many
    return Row(
        "Python in bulk_record, a record",
        "json.dumps of the same dict",
        samples["load"].median / samples["dumps"].median,
        2.0,
        detail=(
            f"{samples['load'].median / count * 1e6:.1f} and "
            f"{samples['dumps'].median / count * 1e6:.1f} us"
        ),
    )


def _size(recordtype: Any, count: int) -> Row:
    """Compare the size of an index with djelme's ids and with the server's."""
    from elasticsearch8 import helpers

    backend = recordtype.get_backend()
    index = recordtype(**next(site.records(1))).djelme_index_name()
    site.clean(recordtype)
    actions = ({"_index": index, "_source": document} for document in site.sources(count))
    helpers.bulk(backend.client, actions)
    reference = _merged_bytes(recordtype, index)
    site.clean(recordtype)
    recordtype.bulk_record(site.records(count))
    measured = _merged_bytes(recordtype, index)
    return Row(
        "size of the index",
        "with ids of the server",
        measured / reference,
        1.05,
        detail=f"{measured / count:.1f} and {reference / count:.1f} bytes a record, merged",
    )


def _merged_bytes(recordtype: Any, index: str) -> int:
    backend = recordtype.get_backend()
    backend.request("POST", f"/{index}/_forcemerge", params={"max_num_segments": "1"}, timeout=300)
    recordtype.refresh()
    backend.request("POST", f"/{index}/_flush")
    (status,) = recordtype.each_existing_index()
    size: int = status.bytes
    return size
