"""A cluster of three nodes that dies in parts, and fills up, while records flow.

Run with ``-s`` it says how many errors there were, the longest call, and how long the rest took.
"""

from __future__ import annotations

import dataclasses
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from outage.fault import FAULTS
from outage.ledger import check_exactly_once
from outage.program import Program

from djelme_testing import ClusterOptions, start_cluster
from djelme_testing.backend_settings import imp_major

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from outage.program import Plan

    from djelme_testing.cluster import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("every_imp")]

_MODES = ("direct", "buffered", "durable")
#: What each process does: two record in each delivery, one stores bulks.
_WORK = [*((mode, "endure") for mode in _MODES for _ in range(2)), ("direct", "load")]

#: Soon at its limit.
_SMALL = {"thread_pool.write.size": 1, "thread_pool.write.queue_size": 10}


@pytest.fixture(scope="module")
def clusters() -> Iterator[dict[str, Cluster]]:
    """What is running, by imp: one at a time, as a machine has room for."""
    started: dict[str, Cluster] = {}
    yield started
    for cluster in started.values():
        cluster.stop()


@pytest.fixture
def cluster(imp: str, clusters: dict[str, Cluster]) -> Cluster:
    if imp not in clusters:
        for other in list(clusters):
            clusters.pop(other).stop()
        options = ClusterOptions(nodes=3, settings=_SMALL)
        clusters[imp] = start_cluster(str(imp_major(imp)), options=options, provider="embedded")
    clusters[imp].wait_for("green", nodes=3, seconds=180)
    return clusters[imp]


@pytest.fixture
def quick_options(imp: str, cluster: Cluster, spool_dir: Path) -> dict[str, Any]:
    """Options of a backend on the three nodes."""
    return {
        **cluster.client_options,
        "timeout" if imp.endswith("6") else "request_timeout": 5,
        "djelme_batch_delay": 0.05,
        "djelme_backoff_min": 0.05,
        "djelme_backoff_max": 0.5,
        "djelme_spool_dir": str(spool_dir),
    }


@pytest.fixture
def programs(usage: Any, plan: Plan, tmp_path: Path, cluster: Cluster) -> Iterator[list[Program]]:
    """Two processes in each of the three deliveries and one with bulks, which record already."""
    usage.record(item_id=0)
    (index,) = usage.each_existing_index()
    settings = {"index": {"number_of_replicas": 1}}
    usage.get_backend().request("PUT", f"/{index.name}/_settings", body=settings)
    cluster.wait_for("green", nodes=3, seconds=120)
    started: list[Program] = []
    try:
        for mode, action in _WORK:
            changed = dataclasses.replace(plan, options={**plan.options, "djelme_delivery": mode})
            started.append(Program(changed, tmp_path, action, len(started) + 1))
        for program in started:
            program.wait_for(20)
        yield started
    finally:
        for program in started:
            program.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_acknowledged_is_stored_once(
    fault: Callable[[Cluster, Any], None],
    usage: Any,
    cluster: Cluster,
    programs: list[Program],
) -> None:
    """What wasn't acknowledged was an error, and was stored once or not at all."""
    fault(cluster, usage)
    cluster.wait_for("green", nodes=3, seconds=180)
    for program in programs:
        program.wait_for(len(program.acknowledged) + 20)
    acknowledged, failed = [0], set()
    before = time.monotonic()
    for program in programs:
        acknowledged += program.end(signal.SIGTERM)
        assert program.process.returncode == 0, program.complaints
        failed |= {int(line.split()[1]) for line in program.said if line.startswith("failed")}
    print(f"all is sent {time.monotonic() - before:.1f} s after")  # noqa: T201 - with pytest -s
    check_exactly_once(usage, acknowledged, unsaid=len(failed))
    assert not failed & set(acknowledged)
    for (mode, action), program in zip(_WORK, programs, strict=True):
        errors = [line for line in program.said if line.startswith("failed")]
        assert mode == "direct" or not errors
        print(f"{mode} {action}: {len(errors)} errors, {program.said[-1]}")  # noqa: T201
