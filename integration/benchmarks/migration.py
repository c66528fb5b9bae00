"""Copying for a migration beside a bare scan and bulk, and the memory that it takes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import site
from benchmarks.row import Row
from benchmarks.timing import alternate, rates, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("run",)

_ROUNDS = 3
#: How many times as many documents the second measurement of memory has.
_MORE = 10
_SPEED, _MEMORY = 0.9, 1.2


def run(count: int) -> Iterator[Row]:
    """Measure a migration of so many documents, and the memory of one of ten times as many."""
    old, new = site.event_type("Old", timedepth=3), site.event_type("New", timedepth=2)
    migration = _declare(old, new)
    old.bulk_record(site.records(count))
    old.refresh()
    yield _speed(migration, count)
    _forget(migration)  # so that nothing of the following is written to both
    before = _peak_memory()
    _forget(migration)
    old.bulk_record(
        ({**record, "item_id": 1} for record in site.records(count * (_MORE - 1))), senders=2
    )
    old.refresh()
    site.clean(new)
    after = _peak_memory()
    yield Row(
        "memory of a backfill of ten times as many documents",
        "memory of a backfill",
        after / before,
        _MEMORY,
        detail=f"{after:,.0f} MiB, {before:,.0f} MiB ({count * _MORE:,} and {count:,} documents)",
    )
    for recordtype in (old, new):
        site.clean(recordtype)


def _declare(old: Any, new: Any) -> Any:
    from elasticsearch_metrics.migration import Migration
    from elasticsearch_metrics.migration.dual_write.writer import dual_writer

    dual_writer.start()

    class SpeedMigration(Migration):
        app_label = site.APP
        source = old
        target = new

    return SpeedMigration


def _speed(migration: Any, count: int) -> Row:
    from elasticsearch8 import helpers

    client = migration.source.get_backend().client
    indexes = ",".join(index.name for index in migration.source.each_existing_index())
    target = migration.target(**next(site.records(1))).djelme_index_name()

    def reference() -> None:
        hits = helpers.scan(client, index=indexes, size=2_000)
        actions = (
            {"_op_type": "create", "_index": target, "_id": hit["_id"], "_source": hit["_source"]}
            for hit in hits
        )
        helpers.bulk(client, actions, chunk_size=2_000)

    def cleaned(work: Any) -> float:
        site.clean(migration.target)
        _start(migration)
        return timed(work)

    def measured() -> None:
        _backfill(migration)

    cleaned(reference)  # the first load of a server is slower
    samples = alternate(
        {"reference": partial(cleaned, reference), "measured": partial(cleaned, measured)}, _ROUNDS
    )
    return Row(
        "backfill of a migration",
        "helpers.scan and helpers.bulk",
        samples["reference"].median / samples["measured"].median,
        _SPEED,
        at_least=True,
        detail=(
            f"{rates([samples['measured'], samples['reference']], count)} "
            f"(spread {samples['measured'].spread}, {samples['reference'].spread})"
        ),
    )


def _forget(migration: Any) -> None:
    """Put the migration where it never began."""
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.state.phase_cache import phase_cache

    store = MigrationContext(migration).store
    store.backend.delete_indexes([store.index])
    phase_cache.forget()


def _start(migration: Any) -> None:
    """Put the migration where its backfill begins."""
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.phase import Phase

    _forget(migration)
    context = MigrationContext(migration)
    context.store.create_index()
    context.keeper.change("start", phase=Phase.DUAL)


def _backfill(migration: Any) -> None:
    from elasticsearch_metrics.management.progress import Progress
    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.copying.backfill import Backfill, BackfillOptions

    progress = Progress(io.StringIO(), is_terminal=False)
    result = Backfill(MigrationContext(migration), BackfillOptions(), progress).run()
    if not result.is_complete or result.refused:
        msg = f"the backfill is not complete: {result}"
        raise RuntimeError(msg)


def _peak_memory() -> float:
    """Return the most memory that a backfill takes in a process of its own, in MiB."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    output = subprocess.run(
        [sys.executable, "-m", "benchmarks.migration"],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    peak: float = json.loads(output)["peak"]
    return peak


def _measure_memory() -> None:
    """Do one backfill and print the peak of this process's memory."""
    import resource
    from types import SimpleNamespace

    cluster: Any = SimpleNamespace(url=os.environ["BENCHMARK_URL"])
    site.configure(cluster, Path("/nonexistent"))
    migration = _declare(site.event_type("Old", timedepth=3), site.event_type("New", timedepth=2))
    _start(migration)
    _backfill(migration)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"peak": peak}))


if __name__ == "__main__":
    _measure_memory()
