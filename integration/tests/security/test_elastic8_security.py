"""TLS and a user with a password, on an Elasticsearch 8 of our own."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import BackendRefusedError, BackendUnreachableError, DjelmeError
from djelme_testing.choice import start_cluster
from djelme_testing.conformance import Site
from djelme_testing.progress import StreamProgress
from djelme_testing.provider.interface import ClusterOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.cluster import Cluster

IMP = "elasticsearch_metrics.imps.elastic8"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster with security: only the embedded provider has one."""
    options = ClusterOptions(security=True)
    with start_cluster(
        "8", provider="embedded", options=options, progress=StreamProgress()
    ) as cluster:
        yield cluster


@pytest.fixture
def site(cluster: Cluster) -> Iterator[Site]:
    with Site.opened(IMP, cluster.client_options) as site:
        yield site


def _usage(site: Site) -> Any:
    @site.set_up
    class UsageRecord:
        item_id: int

    return UsageRecord


def test_records_go_through_tls_with_a_password(site: Site, cluster: Cluster) -> None:
    assert cluster.url.startswith("https://")
    assert cluster.username
    assert cluster.password
    usage = _usage(site)
    record = usage.record(item_id=1)
    result = usage.bulk_record([{"item_id": 2}, {"item_id": 3}])
    usage.refresh()

    assert result.created == 2
    assert usage.get(record.meta.id).item_id == 1
    assert sorted(hit.item_id for hit in usage.search()) == [1, 2, 3]
    assert len(list(usage.each_existing_index())) == 1


def test_credentials_can_be_in_the_address(site: Site, cluster: Cluster) -> None:
    usage = _usage(site)
    address = cluster.url.replace("://", f"://{cluster.username}:{cluster.password}@")
    options = {"hosts": address, "ca_certs": site.options["ca_certs"]}
    with site.configured({"main": options}):
        usage.record(item_id=1)
        assert str(cluster.password) not in repr(usage.get_backend())


def test_a_wrong_password_is_refused_and_not_told(site: Site, cluster: Cluster) -> None:
    usage = _usage(site)
    wrong = "n0t-the-passw0rd"
    options = {**site.options, "basic_auth": (cluster.username, wrong)}
    with site.configured({"main": options}):
        with pytest.raises(BackendRefusedError) as caught:
            usage.record(item_id=1)
        with pytest.raises(BackendRefusedError):
            usage.bulk_record([{"item_id": 1}])

    assert caught.value.status == 401
    _assert_untold(caught.value, wrong)


def test_nobody_is_refused(site: Site) -> None:
    usage = _usage(site)
    options = {name: value for name, value in site.options.items() if name != "basic_auth"}
    with site.configured({"main": options}), pytest.raises(BackendRefusedError) as caught:
        usage.record(item_id=1)

    assert caught.value.status == 401


def test_an_unknown_certificate_is_not_trusted(site: Site, cluster: Cluster) -> None:
    usage = _usage(site)
    options = {name: value for name, value in site.options.items() if name != "ca_certs"}
    with site.configured({"main": options}), pytest.raises(BackendUnreachableError) as caught:
        usage.record(item_id=1)

    assert "certificate" in str(caught.value).lower()
    _assert_untold(caught.value, cluster.password)


def _assert_untold(error: DjelmeError, secret: str | None) -> None:
    assert secret
    assert secret not in "".join(traceback.format_exception(error))
    assert secret not in repr(error)
