from __future__ import annotations

import threading
from typing import Any

import pytest

from djelme.errors import BackendRefusedError, BackendUnreachableError
from elasticsearch_metrics.health.probe import Reach, reach_backends
from elasticsearch_metrics.registry import djelme_registry


@pytest.fixture
def backend() -> Any:
    return djelme_registry.get_backend("main")


def test_a_backend_that_answers(backend: Any) -> None:
    assert reach_backends(["main", "main"]) == {"main": Reach("main", "0.0")}
    assert backend.asked == ["server_version"]


def test_no_backends_are_no_work() -> None:
    assert reach_backends([]) == {}


def test_each_node_of_a_cluster_gets_its_chance(backend: Any) -> None:
    backend.error = BackendUnreachableError(backend="main", reason="refused")
    assert "main" in reach_backends(["main"])["main"].problem
    assert backend.asked == ["server_version"] * 3


@pytest.mark.parametrize("status", [401, 403, 405])
def test_who_may_not_ask_for_the_version_may_go_on(backend: Any, status: int) -> None:
    backend.error = BackendRefusedError(backend="main", status=status, reason="no")
    assert reach_backends(["main"]) == {"main": Reach("main")}


@pytest.mark.parametrize("status", [404, 502, 503])
def test_what_is_no_cluster_is_a_problem(backend: Any, status: int) -> None:
    backend.error = BackendRefusedError(backend="main", status=status, reason="proxy")
    assert str(status) in reach_backends(["main"])["main"].problem


def test_a_backend_without_end_is_given_up(backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def wait(**_options: Any) -> str:
        released.wait(30)
        return "0.0"

    monkeypatch.setattr(backend, "server_version", wait)
    found = reach_backends(["main"], timeout=0.2)
    released.set()
    assert found["main"].problem == (
        "backend 'main' is unreachable: the server did not answer within 0.2 s (TimeoutError)"
    )


def test_a_wrong_setting_is_told() -> None:
    assert "no backend 'other'" in reach_backends(["other"])["other"].problem
