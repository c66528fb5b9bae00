"""Events on one version of Elasticsearch, their report on another one."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from djelme_testing.cleaning import random_prefix
from elasticsearch_metrics.imps import elastic6, elastic8
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report import Count, CountDistinct, read_status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.cluster import Cluster

_MAY = datetime.datetime(2024, 5, 1, tzinfo=datetime.timezone.utc)
_PAIRS = [(elastic6, elastic8), (elastic8, elastic6)]


@pytest.fixture(params=_PAIRS, ids=["6 to 8", "8 to 6"])
def types(
    request: pytest.FixtureRequest, elasticsearch6_cluster: Cluster, elasticsearch8_cluster: Cluster
) -> Iterator[tuple[Any, Any]]:
    """An event type on one cluster, and a monthly report on the other one."""
    source_imp, report_imp = request.param
    clusters = {elastic6: elasticsearch6_cluster, elastic8: elasticsearch8_cluster}
    backends = {
        imp.__name__.rpartition(".")[2]: {imp.__name__: cluster.client_options}
        for imp, cluster in clusters.items()
    }
    prefix = random_prefix()
    with (
        override_settings(DJELME_BACKENDS=backends),
        djelme_registry.isolated(),
        djelme_registry.isolated_names(prefix),
    ):
        djelme_registry.reset()
        event, report = declare(source_imp.EventRecord, report_imp.CyclicReport)
        try:
            yield event, report
        finally:
            for recordtype in (event, report):
                backend = recordtype.get_backend()
                names = [status.name for status in backend.list_indexes((f"{prefix}*",))]
                backend.delete_indexes(names)
                backend.delete_template(recordtype.get_timeseries_template_name())
                backend.delete_template(f"{prefix}djelme_reports")
    djelme_registry.reset()


def declare(event_base: Any, report_base: Any) -> tuple[Any, Any]:
    class Event(event_base):  # type: ignore[misc] # of either imp
        item: str
        session: str

        class Meta:
            app_label = "myapp"
            timedepth = 2

    class Monthly(report_base):  # type: ignore[misc] # the same
        CYCLE_TIMEDEPTH = 2
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item")
        item: str
        usages: int
        sessions: int

        class Report:
            source = Event
            group_by = ("item",)
            usages = Count()
            sessions = CountDistinct("session")

        class Meta:
            app_label = "myapp"

    for recordtype in (Event, Monthly):
        recordtype.sync_index_template()
    return Event, Monthly


def test_events_of_another_version_are_counted(types: tuple[Any, Any]) -> None:
    event, report = types
    event.bulk_record(
        {
            "timestamp": _MAY + datetime.timedelta(hours=number),
            "item": str(number % 3),
            "session": str(number % 10),
        }
        for number in range(90)
    )
    assert report.build("2024-05").events == 90
    found = {hit.item: (hit.usages, hit.sessions) for hit in report.search()}
    assert found == {"0": (30, 10), "1": (30, 10), "2": (30, 10)}
    event.record(timestamp=_MAY, item="0", session="new")
    event.refresh()
    (status,) = read_status(report, "2024-05", "2024-06")
    assert (status.state.value, status.reason) == ("stale", "1 events came since")
    assert report.build("2024-05").replaced == 3
    assert {hit.item: hit.sessions for hit in report.search()} == {"0": 11, "1": 10, "2": 10}
