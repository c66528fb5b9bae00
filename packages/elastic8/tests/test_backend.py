from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from djelme.contracts import Backend, Imp
from djelme.errors import ConfigurationError
from elasticsearch_metrics.imps import elastic8
from elasticsearch_metrics.imps.elastic8 import Elastic8Backend, djelme_backend
from elasticsearch_metrics.registry import djelme_registry

HOST = "http://127.0.0.1:1"


def test_the_module_is_an_imp() -> None:
    assert isinstance(elastic8, Imp)
    assert "hosts" in elastic8.djelme_option_names()


def test_a_backend_is_made_without_connecting() -> None:
    backend = djelme_backend("es8", {"hosts": HOST, "djelme_default_index_name_prefix": "a-"})
    assert isinstance(backend, Backend)
    assert backend.default_index_name_prefix == "a-"
    assert "127.0.0.1" not in repr(backend)
    backend.close()


@pytest.mark.parametrize(
    ("name", "similar"),
    [("basic_aut", "basic_auth"), ("host", "hosts"), ("retries", "max_retries")],
)
def test_an_unknown_option_is_refused_with_those_like_it(name: str, similar: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"no option '{name}'; did you mean .*{similar}"):
        djelme_backend("es8", {"hosts": HOST, name: "s3cret"})


def test_a_template_that_the_server_gave_back_is_not_different() -> None:
    backend = Elastic8Backend("es8", {"hosts": HOST})
    mappings = {"dynamic": "strict", "properties": {"item_id": {"type": "long"}}}
    declared: dict[str, Any] = {
        "index_patterns": ["a_*"],
        "priority": 500,
        "template": {
            "settings": {"number_of_shards": 2, "index.requests.cache.enable": True},
            "mappings": mappings,
        },
    }
    found = {
        "index_patterns": ["a_*"],
        "priority": 500,
        "composed_of": [],
        "template": {
            "settings": {
                "index": {"number_of_shards": "2", "requests": {"cache": {"enable": "true"}}}
            },
            "mappings": mappings,
        },
    }
    assert backend.flatten_template(declared) == backend.flatten_template(found)
    assert backend.flatten_template({**found, "priority": 1}) != backend.flatten_template(found)
    assert backend.flatten_template(
        {**found, "allow_auto_create": True}
    ) != backend.flatten_template(found)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"hosts": "127.0.0.1:1"},
        {"hosts": HOST, "api_key": "a", "basic_auth": ("me", "word")},
        {"hosts": HOST, "http_auth": ("me", "word"), "basic_auth": ("me", "word")},
        {"hosts": HOST, "headers": "x"},
        {"hosts": [HOST, None]},
        {"hosts": "http://127.0.0.1:port"},
        {"hosts": HOST, "ca_certs": "ca.pem"},
        {"hosts": HOST, "node_class": "nothing"},
        {"hosts": HOST, "sniff_on_start": True, "connections_per_node": 0},
        {"cloud_id": "nothing"},
    ],
    ids=str,
)
def test_options_that_the_client_refuses_are_found_without_connecting(
    options: dict[str, Any],
) -> None:
    with pytest.raises(ConfigurationError, match="main"):
        djelme_backend("main", options).check_client()


@pytest.mark.parametrize("sniffing", [{}, {"sniff_on_start": True}])
def test_good_options_are_found_without_connecting(sniffing: dict[str, Any]) -> None:
    djelme_backend("main", {"hosts": ["http://127.0.0.1:1"], **sniffing}).check_client()


def test_a_hundred_resets_leave_no_client_behind() -> None:
    clients = []
    for _ in range(100):
        backend: Any = djelme_registry.get_backend("es8")
        clients.append(weakref.ref(backend.client))
        djelme_registry.reset()
    del backend
    gc.collect()
    assert [left for left in clients if left() is not None] == []
