"""Values of the clients' options that no request can be sent with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from djelme.errors import ConfigurationError
from elasticsearch_metrics.backend.client_option import check_client_options


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("hosts", None),
        ("hosts", ""),
        ("hosts", []),
        ("hosts", 9200),
        ("hosts", {"host": "localhost"}),
        ("hosts", b"http://localhost:9200"),
        ("request_timeout", "10"),
        ("request_timeout", 0),
        ("request_timeout", True),
        ("timeout", "10"),
        ("timeout", -1),
        ("sniff_timeout", "1"),
        ("sniffer_timeout", "1"),
        ("min_delay_between_sniffing", "1"),
        ("dead_node_backoff_factor", "1"),
        ("max_dead_node_backoff", "1"),
        ("max_retries", "3"),
        ("max_retries", None),
        ("max_retries", -1),
        ("max_retries", 1.5),
        ("retry_on_status", "503"),
        ("retry_on_status", ["503"]),
        ("ca_certs", 5),
        ("client_cert", True),
        ("basic_auth", ("me",)),
        ("basic_auth", ("me", 5)),
        ("http_auth", 5),
        ("api_key", 5),
        ("api_key", ("id",)),
        ("bearer_auth", 5),
    ],
)
def test_a_value_that_fails_later_is_named_at_once(option: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"DJELME_BACKENDS\['main'\]: {option} should"):
        check_client_options("main", {option: value})


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"hosts": "http://localhost:9200"},
        {"hosts": ("http://a:9200", {"host": "b", "port": 9200, "scheme": "http"})},
        {"cloud_id": "name:ZXhhbXBsZQ=="},
        {"request_timeout": 1.5, "sniff_timeout": None, "max_retries": 0},
        {"timeout": None, "retry_on_status": (502, 503)},
        {"retry_on_status": 503, "dead_node_backoff_factor": 0},
        {"ca_certs": Path("ca.pem"), "client_cert": "client.pem", "client_key": None},
        {"basic_auth": ("me", "word"), "api_key": ["id", "key"]},
        {"basic_auth": "encoded", "http_auth": object(), "bearer_auth": None},
    ],
    ids=str,
)
def test_good_values_pass(options: dict[str, Any]) -> None:
    check_client_options("main", options)


def test_one_cluster_has_one_address() -> None:
    with pytest.raises(ConfigurationError, match="either hosts or cloud_id"):
        check_client_options("main", {"hosts": "http://localhost:9200", "cloud_id": "a:b"})


def test_values_that_are_secret_stay_secret() -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_client_options("main", {"basic_auth": ("s3cret",)})
    assert "s3cret" not in str(caught.value)
