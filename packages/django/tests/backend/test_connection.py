"""Which nodes are asked when the time for an answer is bounded."""

from __future__ import annotations

from typing import Any

import pytest

from djelme.errors import BackendUnreachableError
from elasticsearch_metrics.backend.rest import RestBackend


class Backend(RestBackend):
    """A cluster of three nodes of which the first ones are away."""

    away = 0
    get_template = flatten_template = make_client = None  # type: ignore[assignment]
    client = None
    sent: list[float | None]

    @staticmethod
    def count_nodes(_client: Any) -> int:
        return 3

    def send_request(  # type: ignore[override]
        self, _client: Any, *_: Any, timeout: float | None, **_request: Any
    ) -> str:
        self.sent.append(timeout)
        if len(self.sent) <= self.away:
            raise BackendUnreachableError(backend=self.name, reason="refused")
        return "answer"


Backend.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]


@pytest.fixture
def backend() -> Backend:
    made = Backend("main", {})
    made.sent = []
    made.is_unmet = False
    return made


@pytest.mark.parametrize("away", [0, 1, 2])
def test_a_node_that_is_away_is_not_the_cluster(backend: Backend, away: int) -> None:
    backend.away = away
    assert backend.request("GET", "/x", timeout=3.0) == "answer"
    assert backend.request("POST", "/x/_search", timeout=3.0) == "answer"
    assert len(backend.sent) == away + 2


def test_all_nodes_together_get_the_time(backend: Backend) -> None:
    backend.away = 3
    with pytest.raises(BackendUnreachableError):
        backend.request("GET", "/x", timeout=3.0)
    assert backend.sent == pytest.approx([1.0, 1.5, 3.0], rel=0.01)


@pytest.mark.parametrize(
    ("method", "timeout"), [("POST", 3.0), ("PUT", 3.0), ("DELETE", 3.0), ("GET", None)]
)
def test_what_may_change_something_is_sent_once(
    backend: Backend, method: str, timeout: float | None
) -> None:
    backend.away = 1
    with pytest.raises(BackendUnreachableError):
        backend.request(method, "/x", timeout=timeout)
    assert len(backend.sent) == 1
