"""The files and variables that a server of our own is configured by."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from djelme_testing.version import major_of, product_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from djelme_testing.provider.interface import ClusterOptions

__all__ = ("discovery_settings", "render_jvm_options", "render_settings", "server_environment")

_FIRST_WITH_SECURITY = 8

# Options of the archive's jvm.options that are ours to set, or name modules or files that we
# don't have: heap, collector and its logs, heap dumps, the incubating vector module.
_DROPPED = re.compile(
    r"-Xm[sx]|-Xlog:gc|-Xloggc|PrintGC|PrintTenuring|GCLogFile|NumberOfGCLog|ErrorFile"
    r"|HeapDump|AlwaysPreTouch|jdk\.incubator\.vector|ConcMarkSweep|CMSInitiating"
    r"|G1"
)
_PERMITS_SECURITY_MANAGER = 12  # the first Java that knows the value "allow"


def render_settings(
    version: str,
    *,
    folder: Path,
    port: int = 0,
    has_security: bool = False,
    security: bool = False,
    extra: Mapping[str, object] | None = None,
) -> str:
    """Return the text of ``elasticsearch.yml`` for a node on loopback only.

    Args:
        version: three numbers.
        folder: where its data and logs go.
        port: where to listen; 0 for any free port, which it writes to ``logs/http.ports``.
        has_security: whether the distribution has X-Pack security, so knows its settings.
        security: whether to demand a user, with TLS by the key store ``http.p12``.
        extra: more settings; they win over ours, and None takes one away.
    """
    transport = "transport.tcp.port" if _is_before_7(version) else "transport.port"
    settings: dict[str, object] = {
        "cluster.name": "djelme",
        "node.name": "djelme",
        "path.data": str(folder / "data"),
        "path.logs": str(folder / "logs"),
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": port,
        transport: 0,
        "node.portsfile": True,
        # A developer's disk is often fuller than Elasticsearch likes, and tests need little.
        "cluster.routing.allocation.disk.threshold_enabled": False,
    }
    if has_security:
        settings["xpack.security.enabled"] = security
        if major_of(version) >= _FIRST_WITH_SECURITY:
            settings["xpack.security.autoconfiguration.enabled"] = False
    if security:
        settings |= {
            "xpack.security.http.ssl.enabled": True,
            "xpack.security.http.ssl.keystore.path": "http.p12",
        }
    settings |= dict(extra or {})
    # A value in JSON is the same value in YAML.
    return "".join(
        f"{name}: {json.dumps(value)}\n" for name, value in settings.items() if value is not None
    )


def discovery_settings(version: str, *, cluster: str, names: Sequence[str]) -> dict[str, object]:
    """Return the settings by which several nodes find each other, wherever they listen.

    Each node reads the others' addresses from ``unicast_hosts.txt`` whenever it looks for a
    master, so that all can listen on ports that are free when they start.

    Args:
        version: three numbers.
        cluster: a name that no other cluster has.
        names: the names of all nodes.
    """
    settings: dict[str, object] = {
        "discovery.type": None,
        "cluster.name": cluster,
        # It writes its addresses after this wait, and the others wait for them.
        "discovery.initial_state_timeout": "0s",
    }
    if _is_before_7(version):
        return settings | {
            "discovery.zen.hosts_provider": "file",
            "discovery.zen.ping.unicast.hosts": [],
            "discovery.zen.minimum_master_nodes": len(names) // 2 + 1,
        }
    return settings | {
        "discovery.seed_providers": "file",
        "discovery.seed_hosts": [],
        "cluster.initial_master_nodes": list(names),
    }


def render_jvm_options(original: str, *, version: str, java: int, options: ClusterOptions) -> str:
    """Return the text of ``jvm.options``: the archive's own with our heap and collector.

    Args:
        original: the text that the archive has.
        version: of Elasticsearch.
        java: the first number of the Java version.
        options: how the cluster is to be.
    """
    kept = [
        line
        for line in original.splitlines()
        if line.strip() and not line.startswith("#") and not _DROPPED.search(line)
    ]
    kept += options.java_options
    # One thread collects the little that a server of tests holds with the least work.
    kept.append("-XX:+UseG1GC" if options.optimized else "-XX:+UseSerialGC")
    if _is_before_7(version) and java >= _PERMITS_SECURITY_MANAGER:
        kept.append("-Djava.security.manager=allow")  # later versions see to it themselves
    return "\n".join(kept) + "\n"


def _is_before_7(version: str) -> bool:
    """Return whether it is an Elasticsearch that still has names and settings of its own."""
    return major_of(version) == 6  # noqa: PLR2004 - a version; earlier ones aren't started


def server_environment(path: str, *, version: str, java_home: Path, folder: Path) -> dict[str, str]:
    """Return the whole environment of a server: nothing of the caller's leaks into it."""
    prefix = product_of(major_of(version)).variables
    return {
        "PATH": path,
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "JAVA_HOME": str(java_home),
        f"{prefix}_JAVA_HOME": str(java_home),
        f"{prefix}_PATH_CONF": str(folder / "config"),
        f"{prefix}_TMPDIR": str(folder / "tmp"),
    }
