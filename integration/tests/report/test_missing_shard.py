"""A node with one of the shards of the events is away: what can't be counted is no report."""

from __future__ import annotations

import datetime
import faulthandler
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import IncompleteAnswerError
from djelme_testing.choice import start_cluster
from djelme_testing.conformance import Site
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.report import Count, CountDistinct, read_status, retrying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.cluster import Cluster

_MAY = datetime.datetime(2024, 5, 1, tzinfo=datetime.timezone.utc)
_SHARDS = 5


@pytest.fixture
def cluster(imp_name: str) -> Iterator[Cluster]:
    faulthandler.cancel_dump_traceback_later()  # starting three nodes takes its time
    with start_cluster(imp_name[-1], nodes=3, provider="embedded") as cluster:
        yield cluster


@pytest.mark.slow
def test_a_build_without_all_shards_is_refused(
    imp_name: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "_RETRY_BUDGET", 1.0)
    options = {**cluster.client_options, "hosts": cluster.nodes[0].url}
    with Site.opened(imp_name, options) as site:
        usage, report, spread = declare(site)
        usage.bulk_record(
            {
                "timestamp": _MAY + datetime.timedelta(minutes=number),
                "item": number % 50,
                "session": str(number),
            }
            for number in range(1_000)
        )
        report.build("2024-05")
        spread.build("2024-05")
        assert figures(report) == dict.fromkeys(range(50), (20, 20))
        usage.record(timestamp=_MAY, item=7, session="late")

        # The reports have copies on every node; the events have none.
        gone = cluster.nodes[2]
        gone.kill()
        cluster.wait_for("red", nodes=2, seconds=120)
        with pytest.raises(IncompleteAnswerError, match="shards"):
            report.build("2024-05")
        with pytest.raises(IncompleteAnswerError):
            read_status(report, "2024-05", "2024-06")
        assert figures(report) == dict.fromkeys(range(50), (20, 20))
        # A figure that can't be read is no zero.
        with pytest.raises(IncompleteAnswerError, match="shards"):
            spread.totals("2024-05", "2024-06", item=7, fill=True)

        gone.start()
        cluster.wait_for("green", nodes=3, seconds=180)
        assert report.build("2024-05").events == 1_001
        assert figures(report) == {**dict.fromkeys(range(50), (20, 20)), 7: (21, 21)}


def declare(site: Site) -> tuple[Any, Any, Any]:
    """Return an event type, a report with copies on all nodes, and one without any."""

    class Usage(Body):
        item: int
        session: str

        class Meta:
            timedepth = 2

        class Index:
            settings = {"number_of_shards": _SHARDS, "number_of_replicas": 0}  # noqa: RUF012 - as sites

    usage = site.declare(Usage)

    class Monthly(Body):
        CYCLE_TIMEDEPTH = 2
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item")
        item: int
        usages: int
        sessions: int

        class Index:
            settings = {"number_of_shards": 1, "number_of_replicas": 2}  # noqa: RUF012 - as sites

        class Report:
            source = usage
            group_by = ("item",)
            usages = Count()
            sessions = CountDistinct("session")

    class Spread(Monthly):
        class Index:
            settings = {"number_of_shards": _SHARDS, "number_of_replicas": 0}  # noqa: RUF012 - as sites

    monthly = site.declare(Monthly, site.imp.CyclicReport)
    spread = site.declare(Spread, monthly)
    for recordtype in (usage, monthly, spread):
        recordtype.sync_index_template()
    return usage, monthly, spread


def figures(report: Any) -> dict[int, tuple[int, int]]:
    found = report.search().params(size=500).scan()
    return {hit.item: (hit.usages, hit.sessions) for hit in found}
