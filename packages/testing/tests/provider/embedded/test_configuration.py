from __future__ import annotations

from pathlib import Path

import pytest

from djelme_testing.provider.embedded.configuration import (
    discovery_settings,
    render_jvm_options,
    render_settings,
    server_environment,
)
from djelme_testing.provider.interface import ClusterOptions

FOLDER = Path("/runs/a b")


def settings_of(version: str, **options: object) -> dict[str, str]:
    text = render_settings(version, folder=FOLDER, **options)  # type: ignore[arg-type]
    return dict(line.split(": ", 1) for line in text.splitlines())


@pytest.mark.parametrize("version", ["2.19.6", "6.8.23", "7.17.29", "8.0.0", "8.19.3", "9.5.3"])
def test_it_listens_on_loopback_only_on_a_port_of_its_own_choice(version: str) -> None:
    settings = settings_of(version)
    assert settings["network.host"] == '"127.0.0.1"'
    assert settings["http.port"] == "0"
    assert settings["node.portsfile"] == "true"
    assert settings["path.data"] == '"/runs/a b/data"'


def test_the_port_of_the_transport_has_another_name_in_6() -> None:
    assert settings_of("6.8.23")["transport.tcp.port"] == "0"
    assert settings_of("7.17.29")["transport.port"] == "0"


def test_security_is_off_where_there_is_any() -> None:
    assert settings_of("8.19.3", has_security=True)["xpack.security.enabled"] == "false"
    assert not [name for name in settings_of("6.8.23") if "security" in name]


def test_security_that_is_asked_for_comes_with_tls() -> None:
    settings = settings_of("8.19.3", has_security=True, security=True)
    assert settings["xpack.security.enabled"] == "true"
    assert settings["xpack.security.http.ssl.enabled"] == "true"


def test_further_settings_win_and_none_takes_away() -> None:
    settings = settings_of(
        "8.19.3",
        extra={"thread_pool.write.queue_size": 1, "node.name": "x: #y", "node.portsfile": None},
    )
    assert settings["thread_pool.write.queue_size"] == "1"
    assert settings["node.name"] == '"x: #y"'
    assert "node.portsfile" not in settings


@pytest.mark.parametrize("version", ["6.8.23", "8.19.3", "9.5.3"])
def test_several_nodes_find_each_other_by_a_file_and_nobody_else(version: str) -> None:
    extra = discovery_settings(version, cluster="djelme-x", names=["a", "b", "c"])
    settings = settings_of(version, extra=extra)
    assert "discovery.type" not in settings
    assert settings["cluster.name"] == '"djelme-x"'
    if version.startswith("6"):
        assert settings["discovery.zen.hosts_provider"] == '"file"'
        assert settings["discovery.zen.ping.unicast.hosts"] == "[]"
        assert settings["discovery.zen.minimum_master_nodes"] == "2"
        assert "cluster.initial_master_nodes" not in settings
    else:
        assert settings["discovery.seed_providers"] == '"file"'
        assert settings["discovery.seed_hosts"] == "[]"
        assert settings["cluster.initial_master_nodes"] == '["a", "b", "c"]'


ORIGINAL = """\
# a comment
-Xms1g
-Xmx1g
14-:-XX:+UseG1GC
8-13:-XX:+UseConcMarkSweepGC
20-:--add-modules=jdk.incubator.vector
-Djava.io.tmpdir=${ES_TMPDIR}
-XX:HeapDumpPath=data
9-:-Xlog:gc*,gc+age=trace,safepoint:file=logs/gc.log:utctime,pid,tags
"""


@pytest.mark.parametrize(
    ("optimized", "rest"),
    [(False, ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]), (True, ["-XX:+UseG1GC"])],
)
def test_heap_and_collector_are_ours_and_what_the_runtime_lacks_is_gone(
    *, optimized: bool, rest: list[str]
) -> None:
    options = ClusterOptions(heap_mb=300, optimized=optimized)
    lines = render_jvm_options(ORIGINAL, version="8.19.3", java=21, options=options).splitlines()
    assert lines == ["-Djava.io.tmpdir=${ES_TMPDIR}", "-Xms300m", "-Xmx300m", *rest]


@pytest.mark.parametrize(
    ("version", "java", "permitted"),
    [("6.8.23", 21, True), ("6.8.23", 8, False), ("7.17.29", 21, False), ("8.19.3", 21, False)],
)
def test_version_6_needs_leave_for_its_security_manager(
    version: str, java: int, *, permitted: bool
) -> None:
    text = render_jvm_options(ORIGINAL, version=version, java=java, options=ClusterOptions())
    assert ("-Djava.security.manager=allow" in text) is permitted


def test_nothing_of_the_callers_environment_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ES_JAVA_OPTS", "-Xmx9g")
    variables = server_environment("/bin", version="8.19.3", java_home=Path("/java"), folder=FOLDER)
    assert "ES_JAVA_OPTS" not in variables
    assert variables["ES_PATH_CONF"] == "/runs/a b/config"
    assert variables["PATH"] == "/bin"


def test_opensearch_has_variables_of_its_own() -> None:
    variables = server_environment("/bin", version="2.19.6", java_home=Path("/java"), folder=FOLDER)
    assert variables["OPENSEARCH_PATH_CONF"] == "/runs/a b/config"
    assert variables["OPENSEARCH_JAVA_HOME"] == "/java"
    assert not any(name.startswith("ES_") for name in variables)


def test_opensearch_is_no_old_elasticsearch() -> None:
    settings = settings_of("2.19.6")
    assert settings["transport.port"] == "0"
    text = render_jvm_options(ORIGINAL, version="2.19.6", java=21, options=ClusterOptions())
    assert "-Djava.security.manager" not in text
