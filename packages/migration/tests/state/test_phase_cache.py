"""How long a phase is trusted, and what happens where it can't be read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from djelme.errors import BackendUnreachableError
from elasticsearch_metrics.migration.errors import MigrationPhaseUnknownError
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.state import phase_cache as module
from elasticsearch_metrics.migration.state.phase_cache import SNAPSHOT_VALIDITY, PhaseCache

MIGRATION: Any = SimpleNamespace(name="shop.UsageMigration")


class Cluster:
    """Has the phase, and a clock."""

    def __init__(self) -> None:
        self.phase = Phase.DUAL
        self.is_away = False
        self.asked = 0
        self.now = 100.0

    def read(self, *, timeout: float | None = None) -> Any:
        self.asked += 1
        if self.is_away:
            raise BackendUnreachableError(backend="new", reason="no answer")
        return SimpleNamespace(phase=self.phase, keep_dual_writes=False)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    cluster = Cluster()
    monkeypatch.setattr(module, "StateStore", lambda _: None)
    monkeypatch.setattr(module, "StateKeeper", lambda _: cluster)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: cluster.now))
    return cluster


def test_a_snapshot_is_valid_for_a_while_only(cluster: Cluster) -> None:
    cache = PhaseCache()
    assert cache.fresh(MIGRATION) is None
    assert cache.read(MIGRATION).phase is Phase.DUAL
    cluster.phase = Phase.CUTOVER
    cluster.now += SNAPSHOT_VALIDITY
    assert cache.read(MIGRATION).phase is Phase.DUAL
    cluster.now += 0.1
    assert cache.fresh(MIGRATION) is None
    assert cache.read(MIGRATION).phase is Phase.CUTOVER
    assert cluster.asked == 2


def test_readers_go_on_with_the_last_snapshot(cluster: Cluster) -> None:
    cache = PhaseCache()
    cluster.phase = Phase.CUTOVER
    cache.read(MIGRATION)
    cluster.is_away = True
    cluster.now += 60
    assert cache.current(MIGRATION).phase is Phase.CUTOVER
    asked = cluster.asked
    assert cache.current(MIGRATION).phase is Phase.CUTOVER
    assert cluster.asked == asked, "within a pause, nobody waits again"


def test_writers_dont_follow_an_old_snapshot_to_the_target(cluster: Cluster) -> None:
    cache = PhaseCache()
    cluster.phase = Phase.CUTOVER
    cache.read(MIGRATION)
    cluster.is_away = True
    cluster.now += 60
    with pytest.raises(BackendUnreachableError):
        cache.current(MIGRATION, writes=True)


def test_without_any_snapshot_neither_side_is_asked(cluster: Cluster) -> None:
    cluster.is_away = True
    with pytest.raises(MigrationPhaseUnknownError, match=r"can't be read.*no answer"):
        PhaseCache().current(MIGRATION)
    assert cluster.asked == 3


def test_what_is_forgotten_is_asked_again(cluster: Cluster) -> None:
    cache = PhaseCache()
    cache.read(MIGRATION)
    cache.forget()
    cache.read(MIGRATION)
    assert cluster.asked == 2
