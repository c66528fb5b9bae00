from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from djelme.contracts import Backend, Imp
from djelme.errors import ConfigurationError
from elasticsearch_metrics.imps import elastic6
from elasticsearch_metrics.imps.elastic6 import Elastic6Backend, djelme_backend
from elasticsearch_metrics.registry import djelme_registry


def test_the_module_is_an_imp() -> None:
    assert isinstance(elastic6, Imp)
    assert "hosts" in elastic6.djelme_option_names()


def test_a_backend_is_made_without_connecting() -> None:
    backend = djelme_backend("es6", {"hosts": "http://127.0.0.1:1", "sniff_on_start": True})
    assert isinstance(backend, Backend)
    backend.close()


@pytest.mark.parametrize(
    ("name", "similar"), [("http_aut", "http_auth"), ("host", "hosts"), ("retries", "max_retries")]
)
def test_an_unknown_option_is_refused_with_those_like_it(name: str, similar: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"no option '{name}'; did you mean .*{similar}"):
        djelme_backend("es6", {name: "s3cret"})


def test_a_template_that_the_server_gave_back_is_not_different() -> None:
    backend = Elastic6Backend("es6", {})
    declared: dict[str, Any] = {
        "index_patterns": ["a_*"],
        "order": 500,
        "settings": {"number_of_shards": 2, "index.requests.cache.enable": True},
        "mappings": {"doc": {"dynamic": "strict", "_source": {"enabled": False}}},
    }
    found = {
        "order": 500,
        "index_patterns": ["a_*"],
        "settings": {"index": {"number_of_shards": "2", "requests": {"cache": {"enable": "true"}}}},
        "mappings": {"doc": {"dynamic": "strict", "_source": {"enabled": False}}},
        "aliases": {},
    }
    assert backend.flatten_template(declared) == backend.flatten_template(found)
    other_type = {**found, "mappings": {"_doc": found["mappings"]["doc"]}}
    assert backend.flatten_template(declared) != backend.flatten_template(other_type)


@pytest.mark.parametrize(
    "options",
    [
        {"hosts": [None]},
        {"hosts": "http://127.0.0.1:port"},
        {"hosts": "http://"},
        {"url_prefix": 5},
        {"serializer": "json"},
        {"maxsize": "10"},
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
        backend: Any = djelme_registry.get_backend("es6")
        clients.append(weakref.ref(backend.client))
        djelme_registry.reset()
    del backend
    gc.collect()
    assert [left for left in clients if left() is not None] == []
