from __future__ import annotations

import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from djelme_testing.choice import start_cluster
from djelme_testing.cluster import Cluster, ClusterUnavailableError
from djelme_testing.process_table import each_process
from djelme_testing.provider.interface import ClusterOptions
from djelme_testing.provider.url import variables_of
from djelme_testing.request import HttpStatusError, cluster_health, request_json

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def secure_cluster() -> Iterator[Cluster]:
    with start_cluster("8", provider="embedded", options=ClusterOptions(security=True)) as cluster:
        yield cluster


def test_its_user_is_a_superuser_over_tls(secure_cluster: Cluster) -> None:
    assert secure_cluster.url.startswith("https://127.0.0.1:")
    answer = request_json(
        secure_cluster.url,
        "/_security/_authenticate",
        username=secure_cluster.username,
        password=secure_cluster.password,
        ca_path=secure_cluster.ca_path,
    )
    assert answer["username"] == secure_cluster.username
    assert answer["roles"] == ["superuser"]


def test_nobody_gets_in_without_the_password(secure_cluster: Cluster) -> None:
    for login in ({}, {"username": secure_cluster.username, "password": "guess"}):
        with pytest.raises(HttpStatusError) as raised:
            cluster_health(secure_cluster.url, ca_path=secure_cluster.ca_path, **login)
        assert raised.value.status == 401


def test_its_certificate_is_trusted_only_by_who_has_it(secure_cluster: Cluster) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        cluster_health(secure_cluster.url)


def test_a_strict_client_takes_the_certificate(secure_cluster: Cluster) -> None:
    context = ssl.create_default_context(cafile=str(secure_cluster.ca_path))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    parts = urlsplit(secure_cluster.url)
    import http.client

    assert parts.hostname is not None
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context)
    connection.connect()
    connection.close()


def test_its_variables_lead_another_process_to_it(secure_cluster: Cluster) -> None:
    variables = variables_of(secure_cluster)
    given = start_cluster("8", provider="url", environ=variables)
    assert given.client_options == secure_cluster.client_options


def test_a_wrong_password_is_an_error_that_shows_none(secure_cluster: Cluster) -> None:
    variables = variables_of(secure_cluster)
    address = secure_cluster.url.removeprefix("https://")
    variables["ELASTICSEARCH8_URL"] = f"https://me:hush@{address}"
    with pytest.raises(ClusterUnavailableError, match="401") as raised:
        start_cluster("8", provider="url", environ=variables)
    assert "hush" not in str(raised.value)


def test_the_password_is_on_no_command_line(secure_cluster: Cluster) -> None:
    assert secure_cluster.password is not None
    assert not [each for each in each_process() if secure_cluster.password in each.command]


def test_a_version_without_security_says_so() -> None:
    with pytest.raises(ClusterUnavailableError, match=r"6\.8\.23 has no security"):
        start_cluster("6", provider="embedded", options=ClusterOptions(security=True))
