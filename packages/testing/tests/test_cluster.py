from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from djelme_testing.cluster import ClusterOperationError, ClusterUnavailableError
from djelme_testing.provider.url import UrlCluster


def make(version: str = "8.19.3", **options: Any) -> UrlCluster:
    return UrlCluster(version=version, provider="url", url="http://127.0.0.1:1", **options)


def test_unavailable_says_what_was_tried_and_what_to_do() -> None:
    error = ClusterUnavailableError("no luck", tried=["this", "that"], hint="rest")
    assert str(error).splitlines() == [
        "no luck",
        "  tried: this",
        "  tried: that",
        "  what to do: rest",
    ]


def test_errors_survive_pickling() -> None:
    error = ClusterUnavailableError("no luck", tried=["this"], hint="rest")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (copy.reason, copy.tried, copy.hint) == ("no luck", ("this",), "rest")
    assert str(pickle.loads(pickle.dumps(ClusterOperationError("x")))) == "x"  # noqa: S301 - our own


@pytest.mark.parametrize(
    ("version", "option"),
    [("8.19.3", "basic_auth"), ("6.8.23", "http_auth"), ("7.17.29", "http_auth")],
)
def test_options_of_the_clients_log_in(version: str, option: str) -> None:
    cluster = make(version, username="me", password="pw", ca_path=Path("/ca.pem"))
    assert cluster.client_options == {
        "hosts": "http://127.0.0.1:1",
        option: ("me", "pw"),
        "ca_certs": "/ca.pem",
    }


def test_options_of_the_clients_without_security() -> None:
    assert make().client_options == {"hosts": "http://127.0.0.1:1"}


def test_secrets_are_not_in_the_repr() -> None:
    assert "pw" not in repr(make(username="me", password="pw"))
