from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djelme_testing.choice import PROVIDER_NAMES, choose_provider, start_cluster
from djelme_testing.cluster import ClusterUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable


def docker_is(reason: str | None) -> Callable[[str], str | None]:
    return lambda _version: reason


def never(_version: str) -> str | None:
    raise AssertionError("Docker was asked, though the choice doesn't depend on it")


@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_the_variable_decides_without_asking_docker(name: str) -> None:
    environ = {"DJELME_CLUSTERS": name, "ELASTICSEARCH8_URL": "http://127.0.0.1:1"}
    assert choose_provider("8.19.3", environ, never) == (name, "")


def test_a_given_url_comes_first() -> None:
    environ = {"ELASTICSEARCH8_URL": "http://127.0.0.1:1"}
    assert choose_provider("8.15.5", environ, never) == ("url", "")


def test_a_url_of_another_major_version_does_not_count() -> None:
    environ = {"ELASTICSEARCH8_URL": "http://127.0.0.1:1", "ELASTICSEARCH6_URL": " "}
    assert choose_provider("6.8.23", environ, docker_is(None)) == ("docker", "")


def test_a_url_does_not_count_where_the_cluster_has_to_be_ours() -> None:
    environ = {"ELASTICSEARCH8_URL": "http://127.0.0.1:1"}
    assert choose_provider("8.19.3", environ, docker_is(None), ours=True) == ("docker", "")


def test_without_docker_it_is_embedded_and_says_so_in_a_line() -> None:
    name, reason = choose_provider("8.19.3", {}, docker_is("no daemon answers"))
    assert name == "embedded"
    assert "8.19.3" in reason
    assert "no daemon answers" in reason
    assert "\n" not in reason


def test_an_unknown_provider_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(ClusterUnavailableError, match="DJELME_CLUSTERS=podman") as raised:
        choose_provider("8.19.3", {"DJELME_CLUSTERS": "podman"}, never)
    assert "embedded, docker, url" in raised.value.hint


def test_docker_asked_for_without_a_daemon_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "djelme_testing.provider.docker.provider.why_no_docker",
        lambda *_arguments: "no daemon answers",
    )
    with pytest.raises(ClusterUnavailableError, match="no daemon answers"):
        start_cluster("8", environ={"DJELME_CLUSTERS": "docker"})


def test_a_url_asked_for_without_one_is_an_error_that_names_the_variable() -> None:
    with pytest.raises(ClusterUnavailableError, match="ELASTICSEARCH6_URL is not set"):
        start_cluster("6", environ={"DJELME_CLUSTERS": "url"})


@pytest.mark.parametrize("url", ["localhost:9200", "ftp://localhost", "http://", "nonsense"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ClusterUnavailableError, match="ELASTICSEARCH8_URL is not an address"):
        start_cluster("8", environ={"ELASTICSEARCH8_URL": url})
