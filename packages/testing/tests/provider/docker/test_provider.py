from __future__ import annotations

from typing import TYPE_CHECKING

from djelme_testing.provider.docker.provider import (
    container_environment,
    image_name,
    why_no_docker,
)
from djelme_testing.provider.interface import ClusterOptions

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def never(_image: str) -> str | None:
    raise AssertionError("the daemon was asked")


def test_without_a_socket_no_daemon_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.path.exists", lambda _path: False)
    assert why_no_docker("8.19.3", {"XDG_RUNTIME_DIR": str(tmp_path)}, never) == (
        "no Docker daemon was found"
    )


def test_the_daemon_decides_whether_it_can_have_the_image() -> None:
    asked = []

    def answer(image: str) -> str | None:
        asked.append(image)
        return "it can't be pulled"

    environ = {"DOCKER_HOST": "unix:///nowhere", "DJELME_DOCKER_IMAGE": "mine:{version}-x"}
    assert why_no_docker("6.8.23", environ, answer) == "it can't be pulled"
    assert asked == ["mine:6.8.23-x"]


def test_a_socket_of_the_user_counts(tmp_path: Path) -> None:
    (tmp_path / "docker.sock").touch()
    assert why_no_docker("8.19.3", {"XDG_RUNTIME_DIR": str(tmp_path)}, lambda _image: None) is None


def test_the_image_is_the_official_one() -> None:
    assert image_name("6.8.23", {}) == "elasticsearch:6.8.23"


def test_a_container_has_a_heap_and_settings_as_text() -> None:
    options = ClusterOptions(
        heap_mb=300, optimized=True, settings={"thread_pool.write.queue_size": 1, "a.b": True}
    )
    variables = container_environment("8.19.3", options)
    assert variables["ES_JAVA_OPTS"] == "-Xms300m -Xmx300m"
    assert variables["thread_pool.write.queue_size"] == "1"
    assert variables["a.b"] == "true"
    assert variables["xpack.security.enabled"] == "false"


def test_6_gets_no_setting_that_its_smaller_distributions_do_not_know() -> None:
    assert "xpack.security.enabled" not in container_environment("6.8.23", ClusterOptions())
