"""A node with some of the shards is away and comes back: nothing is judged or deleted meanwhile."""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from djelme.errors import DjelmeError, IncompleteAnswerError
from djelme_testing.choice import start_cluster
from djelme_testing.cleaning import random_prefix
from elasticsearch_metrics.lifecycle.retention import delete_expired
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.statistics.query import RecordStatistics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shop_tests.shop import Shop

    from djelme_testing.cluster import Cluster

#: Documents that the source, the target and the counted usage have each.
COUNT = 300
START = datetime.datetime(2024, 5, 1, tzinfo=datetime.timezone.utc)


@pytest.fixture(params=["6", "8"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    with start_cluster(request.param, nodes=3, provider="embedded") as cluster:
        yield cluster


@pytest.fixture
def shop_of_cluster(cluster: Cluster, quick: None) -> Iterator[Shop]:
    """Source and target on one cluster."""
    from shop_tests.shop import Shop

    name = f"elastic{cluster.major}"
    waiting = "timeout" if cluster.major < 8 else "request_timeout"
    options = {**cluster.client_options, waiting: 60}
    backends = {name: {f"elasticsearch_metrics.imps.{name}": options}}
    prefix = random_prefix()
    with override_settings(DJELME_BACKENDS=backends):
        djelme_registry.reset()
        opened = Shop.opened((name, name), backends, prefix)
        with djelme_registry.isolated_names(prefix), opened as shop:
            yield shop
        djelme_registry.reset()


def declare_usage(base: Any) -> Any:
    class Usage(base):  # type: ignore[misc] # of either imp
        class Index:
            using = base.djelme.imp_name.rpartition(".")[2]
            settings = {"number_of_shards": 5, "number_of_replicas": 0}  # noqa: RUF012 - as sites

        class Meta:
            app_label = "shop"
            timedepth = 1
            expiration = datetime.timedelta(days=1)

    return Usage


def count_of(recordtype: Any) -> int:
    recordtype.refresh()
    return sum(index.documents for index in recordtype.each_existing_index())


@pytest.mark.slow
@pytest.mark.usefixtures("patient")
def test_nothing_is_judged_or_deleted_without_all_shards(
    cluster: Cluster, shop_of_cluster: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib

    from shop_tests.shop import NAME, make_events

    shop = shop_of_cluster
    monkeypatch.setattr("builtins.input", lambda question: question.split()[1])
    imp = importlib.import_module(f"elasticsearch_metrics.imps.elastic{cluster.major}")
    usage = declare_usage(imp.CountedUsageRecord)
    usage.sync_index_template()
    usage.bulk_record(
        {
            "item_iri": f"urn:{number // 2}",
            "sessionhour_id": "s",
            "timestamp": START + datetime.timedelta(hours=number // 2, seconds=number % 2),
        }
        for number in range(COUNT)
    )
    events = make_events(COUNT)
    shop.OldView.bulk_record(events)
    for step in ("start", "backfill", "verify"):
        shop.run(step, NAME)

    gone = cluster.nodes[2]
    gone.kill()
    cluster.wait_for("red", nodes=2, seconds=120)
    now = datetime.datetime(2026, 11, 24, tzinfo=datetime.timezone.utc)
    readings: tuple[Callable[[], object], ...] = (
        lambda: list(usage.each_existing_index()),
        lambda: usage.filter_double_clicks("2024", "2025"),
        lambda: RecordStatistics(usage).totals(),
        lambda: RecordStatistics(usage).top("item_iri"),
        lambda: delete_expired(usage, now),
    )
    for read in readings:
        with pytest.raises(IncompleteAnswerError, match="shards"):
            read()
    with pytest.raises((CommandError, DjelmeError)):
        call_command(
            "djelme_indexes", "shop", "--delete-expired", "--noinput", stdout=io.StringIO()
        )
    for step in (["verify"], ["verify", "--full"], ["verify", "--repair"], ["cutover"]):
        with pytest.raises((CommandError, DjelmeError)):
            shop.run(step[0], NAME, *step[1:])

    gone.start()
    cluster.wait_for("green", nodes=3, seconds=180)
    assert count_of(usage) == COUNT
    shop.require_same(events, shop.OldView)
    shop.require_same(events, shop.View)
    assert usage.filter_double_clicks("2024", "2025") == COUNT // 2
    assert count_of(usage) == COUNT // 2
    for step in ("verify", "cutover", "finish"):
        shop.run(step, NAME)

    gone.kill()
    cluster.wait_for("red", nodes=2, seconds=120)
    with pytest.raises((CommandError, DjelmeError)):
        shop.run("finish", NAME, "--delete-source")
    gone.start()
    cluster.wait_for("green", nodes=3, seconds=180)
    shop.require_same(events, shop.OldView)
    shop.require_same(events, shop.View)
    assert "deleted" in shop.run("finish", NAME, "--delete-source")
    shop.require_same(events, shop.View)
