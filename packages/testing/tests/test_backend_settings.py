from __future__ import annotations

from typing import Any

from djelme_testing.backend_settings import default_backends, imp_major, redirected
from djelme_testing.provider.url import UrlCluster

ELASTIC8 = "elasticsearch_metrics.imps.elastic8"
ELASTIC6 = "elasticsearch_metrics.imps.elastic6"


def cluster(version: str, port: int) -> UrlCluster:
    return UrlCluster(version=version, provider="url", url=f"http://127.0.0.1:{port}")


def test_the_place_changes_and_the_rest_stays() -> None:
    site: dict[str, dict[str, dict[str, Any]]] = {
        "new": {
            ELASTIC8: {
                "hosts": "https://search.example",
                "api_key": "secret",
                "request_timeout": 3,
                "djelme_delivery": "direct",
            }
        },
        "old": {ELASTIC6: {"hosts": ["https://old.example"], "http_auth": ("me", "pw")}},
        "memory": {"djelme_testing.imp": {"size": 3}},
    }
    assert redirected(site, {8: cluster("8.19.3", 8), 6: cluster("6.8.23", 6)}) == {
        "new": {
            ELASTIC8: {
                "hosts": "http://127.0.0.1:8",
                "request_timeout": 3,
                "djelme_delivery": "direct",
            }
        },
        "old": {ELASTIC6: {"hosts": "http://127.0.0.1:6"}},
        "memory": {"djelme_testing.imp": {"size": 3}},
    }
    assert site["new"][ELASTIC8]["api_key"] == "secret"


def test_credentials_of_the_cluster_are_passed_on() -> None:
    secure = UrlCluster(
        version="8.19.3", provider="url", url="https://127.0.0.1:8", username="me", password="pw"
    )
    assert redirected({"new": {ELASTIC8: {}}}, {8: secure}) == {
        "new": {ELASTIC8: {"hosts": "https://127.0.0.1:8", "basic_auth": ("me", "pw")}}
    }


def test_the_major_version_of_an_imp() -> None:
    assert imp_major(ELASTIC8) == 8
    assert imp_major("my.elasticsearch9") == 9
    assert imp_major("djelme_testing.memory") is None


def test_there_is_a_default_for_each_imp_that_is_installed() -> None:
    assert default_backends(["json", "no_such_imp_module"]) == {"json": {"json": {}}}
