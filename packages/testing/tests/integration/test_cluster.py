"""What every provider's own clusters do: run it with DJELME_CLUSTERS=docker, too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from djelme_testing.choice import start_cluster
from djelme_testing.cleaning import delete_with_prefix, random_prefix
from djelme_testing.cluster import ClusterOperationError, ClusterUnavailableError
from djelme_testing.provider.interface import ClusterOptions
from djelme_testing.request import cluster_health, node_version, request_json

if TYPE_CHECKING:
    from djelme_testing.cluster import Cluster


def names(cluster: Cluster) -> set[str]:
    return set(request_json(cluster.url, "/*/_settings"))


def answers(url: str) -> bool:
    try:
        cluster_health(url)
    except OSError:
        return False
    return True


def test_it_is_healthy_and_of_the_version_asked_for(own_cluster: Cluster) -> None:
    assert own_cluster.version == node_version(own_cluster.url) == "8.19.3"
    assert own_cluster.major == 8
    assert cluster_health(own_cluster.url) in {"green", "yellow"}


def test_it_listens_on_loopback_only(own_cluster: Cluster) -> None:
    assert own_cluster.url.startswith(("http://127.0.0.1:", "http://localhost:"))


def test_it_has_the_settings_that_were_asked_for(own_cluster: Cluster) -> None:
    answer = request_json(own_cluster.url, "/_nodes/settings?flat_settings=true")
    (node,) = answer["nodes"].values()
    assert node["settings"]["thread_pool.write.queue_size"] == "7"


def test_a_restart_keeps_address_and_data(own_cluster: Cluster) -> None:
    prefix, url = random_prefix(), own_cluster.url
    request_json(url, f"/{prefix}kept", method="PUT")
    own_cluster.restart()
    assert own_cluster.url == url
    assert f"{prefix}kept" in names(own_cluster)


def test_killed_it_refuses_connections_and_a_restart_brings_back_its_data(
    own_cluster: Cluster,
) -> None:
    prefix, url = random_prefix(), own_cluster.url
    request_json(url, f"/{prefix}kept", method="PUT")
    own_cluster.kill()
    assert own_cluster.pid is None
    with pytest.raises(OSError, match=r"refused|reset"):
        cluster_health(url)
    with pytest.raises(ClusterOperationError):
        own_cluster.pause()
    own_cluster.restart()
    assert own_cluster.url == url
    assert f"{prefix}kept" in names(own_cluster)


def test_paused_it_is_silent_and_then_goes_on(own_cluster: Cluster) -> None:
    own_cluster.pause()
    try:
        with pytest.raises(TimeoutError):
            cluster_health(own_cluster.url, timeout=1.0)
    finally:
        own_cluster.resume()
    assert cluster_health(own_cluster.url, timeout=30.0) in {"green", "yellow"}


def test_only_what_has_the_prefix_is_deleted(own_cluster: Cluster) -> None:
    url, ours, theirs = own_cluster.url, random_prefix(), random_prefix()
    long = "x" * 200
    for number in range(20):  # more names than one URL takes
        request_json(url, f"/{ours}{long}{number}", method="PUT")
    request_json(url, f"/{theirs}a", method="PUT")
    deleted = delete_with_prefix(own_cluster, ours)
    assert len(deleted) == 20
    assert not [name for name in names(own_cluster) if name.startswith(ours)]
    assert f"{theirs}a" in names(own_cluster)
    assert delete_with_prefix(own_cluster, ours) == []


def test_a_prefix_that_may_be_anybodys_is_refused(own_cluster: Cluster) -> None:
    with pytest.raises(ValueError, match="too short"):
        delete_with_prefix(own_cluster, "t")


def test_a_url_of_it_is_used_and_left_alone(own_cluster: Cluster) -> None:
    environ = {**os.environ, "DJELME_CLUSTERS": "url", "ELASTICSEARCH8_URL": own_cluster.url + "/"}
    with start_cluster("8.0.0", environ=environ) as given:
        assert (given.version, given.url, given.provider) == ("8.19.3", own_cluster.url, "url")
        for operation in (given.kill, given.restart, given.pause, given.resume):
            with pytest.raises(ClusterOperationError, match="isn't ours"):
                operation()
    assert cluster_health(own_cluster.url) in {"green", "yellow"}


def test_a_url_of_another_major_version_is_refused(own_cluster: Cluster) -> None:
    environ = {"DJELME_CLUSTERS": "url", "ELASTICSEARCH6_URL": own_cluster.url}
    with pytest.raises(ClusterUnavailableError, match=r"is Elasticsearch 8\.19\.3, not 6\.x"):
        start_cluster("6", environ=environ)


def test_a_url_that_nobody_answers_at_is_refused(own_cluster: Cluster) -> None:
    own_cluster.kill()
    environ = {"DJELME_CLUSTERS": "url", "ELASTICSEARCH8_URL": own_cluster.url}
    with pytest.raises(ClusterUnavailableError, match="doesn't answer") as raised:
        start_cluster("8", environ=environ)
    assert "ELASTICSEARCH8_URL" in str(raised.value)
    own_cluster.restart()


def test_a_setting_that_nobody_knows_is_noticed_before_the_time_is_up() -> None:
    options = ClusterOptions(settings={"no.such.setting": 1}, start_seconds=600.0)
    ended = r"its (process ended|container died)"
    with pytest.raises(ClusterUnavailableError, match=ended) as raised:
        start_cluster("8", options=options)
    assert "unknown setting [no.such.setting]" in str(raised.value)


def test_a_runner_that_is_killed_leaves_no_server_behind() -> None:
    show = "import os, time; print(os.environ['ELASTICSEARCH6_URL'], flush=True); time.sleep(600)"
    environ = {name: value for name, value in os.environ.items() if name != "ELASTICSEARCH6_URL"}
    runner = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-m", "djelme_testing", "run", "6", "--", sys.executable, "-c", show],
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert runner.stdout is not None
    url = runner.stdout.readline().strip()
    try:
        assert cluster_health(url) == "green"
        runner.kill()
        deadline = time.monotonic() + 60
        while answers(url):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        os.killpg(runner.pid, signal.SIGKILL)
        runner.communicate()
