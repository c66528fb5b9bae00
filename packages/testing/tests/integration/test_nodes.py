"""Clusters of several nodes, of which one or more are away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from djelme_testing.choice import start_cluster
from djelme_testing.cleaning import random_prefix
from djelme_testing.cluster import ClusterOperationError
from djelme_testing.process_table import each_process
from djelme_testing.request import request_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.cluster import Cluster

_SLOW = 60.0  # a machine with other work answers late


# Three nodes of 8 take half a minute to start, those of 6 a few seconds.
@pytest.fixture(scope="module", params=["6", pytest.param("8", marks=pytest.mark.slow)])
def three(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    with start_cluster(request.param, nodes=3, provider="embedded") as cluster:
        yield cluster


@pytest.fixture
def index(three: Cluster) -> str:
    name = f"{random_prefix()}kept"
    request_json(three.url, f"/{name}", method="PUT", timeout=_SLOW)
    three.wait_for("green", nodes=3)
    return name


def names(url: str) -> set[str]:
    return set(request_json(url, "/*/_settings", timeout=_SLOW))


def test_each_node_has_an_address_on_loopback(three: Cluster) -> None:
    assert len(set(three.urls)) == len(three.nodes) == 3
    assert all(url.startswith("http://127.0.0.1:") for url in three.urls)
    assert three.client_options["hosts"] == three.urls
    for url in three.urls:
        answer = request_json(url, "/_cluster/health", timeout=_SLOW)
        assert answer["number_of_nodes"] == 3


@pytest.mark.parametrize("end", ["kill", "stop"])
@pytest.mark.parametrize("number", [0, 1, 2])  # one of them is the master
def test_a_node_that_ended_comes_back_with_address_and_data(
    three: Cluster, index: str, end: str, number: int
) -> None:
    urls, node = three.urls, three.nodes[number]
    getattr(node, end)()
    assert not node.running
    three.wait_for("yellow", nodes=2)
    with pytest.raises(ClusterOperationError):
        node.pause()
    node.start()
    three.wait_for("green", nodes=3)
    assert three.urls == urls
    assert index in names(node.url)


def test_without_a_majority_there_is_no_cluster_until_they_are_back(
    three: Cluster, index: str
) -> None:
    for node in three.nodes[1:]:
        node.kill()
    with pytest.raises(ClusterOperationError, match="was not red with 1 nodes"):
        three.wait_for("red", seconds=5)
    for node in three.nodes[1:]:
        node.start()
    three.wait_for("green", nodes=3)
    assert index in names(three.nodes[2].url)


def test_a_paused_node_goes_on(three: Cluster) -> None:
    node = three.nodes[1]
    node.pause()
    try:
        assert node.paused
        with pytest.raises(TimeoutError):
            request_json(node.url, "/_cluster/health", timeout=1.0)
    finally:
        node.resume()
    three.wait_for("green", nodes=3)


def test_all_are_restarted_at_once(three: Cluster, index: str) -> None:
    urls = three.urls
    three.restart()
    three.wait_for("green", nodes=3)
    assert three.urls == urls
    assert index in names(three.url)


def test_what_runs_is_not_started_again(three: Cluster) -> None:
    with pytest.raises(ClusterOperationError, match="is running"):
        three.nodes[0].start()


def test_a_runner_that_is_killed_leaves_no_node_behind() -> None:
    show = "import os, time; print(os.environ['ELASTICSEARCH6_URL'], flush=True); time.sleep(600)"
    command = [sys.executable, "-m", "djelme_testing", "run", "6", "--nodes", "3"]
    runner = subprocess.Popen(  # noqa: S603 - our own
        [*command, "--provider", "embedded", "--", sys.executable, "-c", show],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert runner.stdout is not None
    try:
        url = runner.stdout.readline().strip()
        answer = request_json(url, "/_nodes/process", timeout=_SLOW)
        servers = {node["process"]["id"] for node in answer["nodes"].values()}
        assert len(servers) == 3
        runner.kill()
        deadline = time.monotonic() + _SLOW
        while servers & {each.pid for each in each_process() if each.state[0] != "Z"}:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        os.killpg(runner.pid, signal.SIGKILL)
        runner.communicate()
