"""Nodes of a cluster of three that are killed, frozen and restarted, while records flow."""

from __future__ import annotations

import dataclasses
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from outage.ledger import check_exactly_once
from outage.program import Program

from djelme_testing import start_cluster
from djelme_testing.backend_settings import imp_major

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from outage.program import Plan

    from djelme_testing.cluster import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("every_imp")]

_MODES = ("direct", "buffered", "durable")


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
        clusters[imp] = start_cluster(str(imp_major(imp)), nodes=3, provider="embedded")
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
    """Two processes in each of the three deliveries, which record already."""
    usage.record(item_id=0)
    (index,) = usage.each_existing_index()
    settings = {"index": {"number_of_replicas": 1}}
    usage.get_backend().request("PUT", f"/{index.name}/_settings", body=settings)
    cluster.wait_for("green", nodes=3, seconds=120)
    started = []
    for mode in _MODES:
        changed = dataclasses.replace(plan, options={**plan.options, "djelme_delivery": mode})
        for _ in range(2):
            started.append(Program(changed, tmp_path, "endure", len(started) + 1))
    for program in started:
        program.wait_for(20)
    yield started
    for program in started:
        program.close()


def _kill_a_node(cluster: Cluster) -> None:
    cluster.nodes[2].kill()
    cluster.wait_for("yellow", nodes=2, seconds=120)
    cluster.nodes[2].start()


def _lose_the_quorum(cluster: Cluster) -> None:
    for node in cluster.nodes[1:]:
        node.kill()
    time.sleep(15)
    for node in cluster.nodes[1:]:
        node.start()


def _freeze_a_node(cluster: Cluster) -> None:
    cluster.nodes[1].pause()
    time.sleep(40)
    cluster.nodes[1].resume()


def _restart_one_after_the_other(cluster: Cluster) -> None:
    for node in cluster.nodes:
        node.stop()
        node.start()
        cluster.wait_for("green", nodes=3, seconds=180)


@pytest.mark.parametrize(
    "fault", [_kill_a_node, _lose_the_quorum, _freeze_a_node, _restart_one_after_the_other]
)
def test_what_was_acknowledged_is_stored_once(
    fault: Callable[[Cluster], None],
    usage: Any,
    cluster: Cluster,
    programs: list[Program],
    record_property: Callable[[str, object], None],
) -> None:
    """What wasn't acknowledged was an error, and was stored once or not at all."""
    fault(cluster)
    cluster.wait_for("green", nodes=3, seconds=180)
    for program in programs:
        program.wait_for(len(program.acknowledged) + 20)
    acknowledged, failed = [0], set()
    for program in programs:
        acknowledged += program.end(signal.SIGTERM)
        assert program.process.returncode == 0, program.complaints
        failed |= {int(line.split()[1]) for line in program.said if line.startswith("failed")}
    check_exactly_once(usage, acknowledged, unsaid=len(failed))
    assert not failed & set(acknowledged)
    for mode, program in zip((mode for mode in _MODES for _ in range(2)), programs, strict=True):
        errors = [line for line in program.said if line.startswith("failed")]
        assert mode == "direct" or not errors
        record_property(mode, f"{len(errors)} errors, longest call {program.said[-1].split()[1]} s")
