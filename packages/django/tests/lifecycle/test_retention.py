from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from djelme.contracts import Aggregated, IndexStatus
from elasticsearch_metrics.lifecycle.retention import delete_expired, find_expired, report_indexes
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Sequence

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 11, 30, 12, tzinfo=UTC)
OLD, NEW = "shop_usage_2026.11.20", "shop_usage_2026.11.29"


class Cluster:
    """What the backend of a type says of its indexes."""

    def __init__(self, backend: Any) -> None:
        self.remaining = 0
        self.deleted: list[str] = []
        self.aliases: dict[str, tuple[str, ...]] = {}
        self.problem = ""
        backend.list_indexes = lambda _expressions: [
            IndexStatus(name, 3, 1000, 1) for name in (OLD, NEW)
        ]
        backend.list_aliases = self.list_aliases
        backend.get_mapping = lambda _name: {"properties": {"timestamp": {"type": "date"}}}
        backend.require_available = lambda _names: None
        backend.aggregate = self.aggregate
        backend.delete_indexes = self.deleted.extend

    def list_aliases(self, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
        return {name: self.aliases.get(name, ()) for name in names}

    def aggregate(self, _expressions: Any, aggregations: Any, **_: Any) -> Aggregated:
        if aggregations:  # oldest and newest record
            return Aggregated(6, {"indexes": {"buckets": []}}, "")
        return Aggregated(self.remaining, {}, self.problem)


@pytest.fixture
def usage(make_type: Any) -> Any:
    return make_type(expiration=datetime.timedelta(days=5))


@pytest.fixture
def cluster(usage: Any) -> Cluster:
    return Cluster(usage.get_backend())


def test_an_index_expires_when_its_last_moment_does(usage: Any, cluster: Cluster) -> None:
    old, new = report_indexes(usage, NOW)
    assert (old.is_expired, new.is_expired) == (True, False)
    assert old.expiry == datetime.datetime(2026, 11, 26, tzinfo=UTC)
    assert (old.documents, old.bytes, old.shards) == (3, 1000, 1)
    assert cluster.deleted == []


def test_what_has_expired_is_deleted(usage: Any, cluster: Cluster) -> None:
    (found,) = delete_expired(usage, NOW)
    assert (found.report.name, found.blocker) == (OLD, "")
    assert cluster.deleted == [OLD]


def test_a_newer_record_keeps_its_index(usage: Any, cluster: Cluster) -> None:
    cluster.remaining = 2
    (found,) = delete_expired(usage, NOW)
    assert found.blocker.startswith("2 of its documents aren't from before 2026-11-25T12:00:00")
    assert cluster.deleted == []


def test_an_incomplete_answer_keeps_the_index(usage: Any, cluster: Cluster) -> None:
    cluster.problem = "1 of 5 shards gave no answer"
    (found,) = find_expired(usage, NOW)
    assert found.blocker == "it can't be searched completely (1 of 5 shards gave no answer)"


def test_an_index_that_may_be_another_type_s_is_kept(
    usage: Any, cluster: Cluster, make_type: Any
) -> None:
    make_type("Other")
    cluster.aliases[OLD] = ("shop_other_2026.11.20",)
    (found,) = delete_expired(usage, NOW)
    assert found.blocker == "its alias shop_other_2026.11.20 may be one of shop.Other, too"
    assert cluster.deleted == []


def test_only_the_names_that_somebody_was_asked_about(usage: Any, cluster: Cluster) -> None:
    assert delete_expired(usage, NOW, names=[NEW]) == []
    assert cluster.deleted == []


def test_a_type_without_expiration_keeps_everything(make_type: Any) -> None:
    usage = make_type()
    cluster = Cluster(usage.get_backend())
    assert (find_expired(usage, NOW), delete_expired(usage, NOW)) == ([], [])
    assert [report.expiry for report in report_indexes(usage, NOW)] == [None, None]
    assert cluster.deleted == []
    assert djelme_registry.placement(usage).naming.owns(OLD)
