"""What befalls a cluster of three nodes; each fault is over when its function returns."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendError
from outage.ledger import until

if TYPE_CHECKING:
    from djelme_testing.cluster import Cluster

__all__ = ("FAULTS",)

_DISK = "cluster.routing.allocation.disk"
_BLOCK = "index.blocks.read_only_allow_delete"
#: Threads, requests of each, and documents of a request, with which a small queue runs over.
_THREADS, _REQUESTS, _DOCUMENTS = 24, 30, 500


def kill_a_node(cluster: Cluster, _usage: Any) -> None:
    _kill(cluster, 2)


def kill_the_master(cluster: Cluster, usage: Any) -> None:
    """Kill the node that the others have elected."""
    (elected,) = usage.get_backend().request("GET", "/_cat/master", params={"format": "json"})
    names = [node.name for node in cluster.nodes]
    _kill(cluster, names.index(elected["node"]))


def _kill(cluster: Cluster, number: int) -> None:
    cluster.nodes[number].kill()
    cluster.wait_for("yellow", nodes=2, seconds=120)
    cluster.nodes[number].start()


def lose_the_quorum(cluster: Cluster, _usage: Any) -> None:
    for node in cluster.nodes[1:]:
        node.kill()
    time.sleep(15)
    for node in cluster.nodes[1:]:
        node.start()


def freeze_a_node(cluster: Cluster, _usage: Any) -> None:
    cluster.nodes[1].pause()
    time.sleep(40)
    cluster.nodes[1].resume()


def restart_one_after_the_other(cluster: Cluster, _usage: Any) -> None:
    for node in cluster.nodes:
        node.stop()
        node.start()
        cluster.wait_for("green", nodes=3, seconds=180)


def reach_the_watermark(cluster: Cluster, usage: Any) -> None:
    """Let the servers find their disks too full: they block what they hold; then lift it."""
    backend = usage.get_backend()
    (index,) = usage.each_existing_index()

    def blocked() -> bool:
        path, params = f"/{index.name}/_settings", {"flat_settings": "true"}
        settings = backend.request("GET", path, params=params)[index.name]["settings"]
        return bool(settings.get(_BLOCK) == "true")

    _set(backend, {f"{_DISK}.threshold_enabled": True, "cluster.info.update.interval": "10s"})
    _set(backend, _watermarks("1%"))
    until(blocked, "an index that is blocked")
    time.sleep(5)
    _set(backend, _watermarks("99%"))
    if cluster.major < 8:
        backend.request("PUT", f"/{index.name}/_settings", body={_BLOCK: None})
    until(lambda: not blocked(), "an index that isn't blocked any more")
    names = [*_watermarks(""), f"{_DISK}.threshold_enabled", "cluster.info.update.interval"]
    _set(backend, dict.fromkeys(names))


def _watermarks(value: str) -> dict[str, Any]:
    return {f"{_DISK}.watermark.{name}": value for name in ("low", "high", "flood_stage")}


def _set(backend: Any, settings: dict[str, Any]) -> None:
    backend.request("PUT", "/_cluster/settings", body={"transient": settings})


def fill_the_queues(_cluster: Cluster, usage: Any) -> None:
    """Send more than the servers' write queues hold, until they have refused some (429)."""
    backend = usage.get_backend()
    name = f"{usage.get_timeseries_template_name()}-flood".replace("_", "-")
    about = {"_index": name, **({"_type": "_doc"} if backend.features.typed_paths else {})}
    lines = f"{json.dumps({'index': about})}\n{json.dumps({'text': 'a few words'})}\n" * _DOCUMENTS

    def flood() -> None:
        for _ in range(_REQUESTS):
            try:
                backend.request("POST", "/_bulk", body=lines.encode())
            except BackendError:  # it is refused as a whole
                continue

    threads = [threading.Thread(target=flood) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    backend.request("DELETE", f"/{name}")
    params = {"format": "json", "h": "rejected"}
    pools = backend.request("GET", "/_cat/thread_pool/write", params=params)
    assert sum(int(pool["rejected"]) for pool in pools), "no queue was ever full"


FAULTS = [
    kill_a_node,
    kill_the_master,
    lose_the_quorum,
    freeze_a_node,
    restart_one_after_the_other,
    reach_the_watermark,
    fill_the_queues,
]
