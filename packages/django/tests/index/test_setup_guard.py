from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import override_settings

from djelme.errors import BackendUnreachableError, IndexTemplateNotFoundError
from elasticsearch_metrics.index import setup_guard
from elasticsearch_metrics.index.setup_guard import CHECK_INTERVAL, SetupGuard, autosetup_at_start
from elasticsearch_metrics.registry import djelme_registry


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_type_that_isnt_set_up_is_refused(make_type: Any) -> None:
    usage = make_type()
    with pytest.raises(IndexTemplateNotFoundError, match="djelme_backend_setup"):
        usage.record(item_id=7)
    assert usage.get_backend().documents == {}


def test_a_check_is_trusted_for_a_while_only(make_type: Any) -> None:
    usage = make_type()
    usage.sync_index_template()
    clock = Clock()
    guard = SetupGuard(clock)
    placement, backend = djelme_registry.placement(usage), usage.get_backend()
    guard.require(placement, "shop_usage_2026.11.23")
    backend.asked.clear()
    clock.now += CHECK_INTERVAL * 0.9
    guard.require(placement, "shop_usage_2026.11.23")
    assert backend.asked == []
    clock.now += CHECK_INTERVAL * 0.2
    guard.require(placement, "shop_usage_2026.11.23")
    assert backend.asked == ["get_template"]


def test_an_index_that_may_be_new_is_always_checked(make_type: Any) -> None:
    usage = make_type()
    usage.sync_index_template()
    guard = SetupGuard(Clock())
    placement, backend = djelme_registry.placement(usage), usage.get_backend()
    guard.require(placement, "shop_usage_2026.11.23")
    backend.templates.clear()
    with pytest.raises(IndexTemplateNotFoundError):
        guard.require(placement, "shop_usage_2026.11.24")


def test_autosetup_at_first_use(make_type: Any) -> None:
    usage = make_type()
    with override_settings(DJELME_AUTOSETUP=True):
        usage.record(item_id=7)
        assert list(usage.get_backend().templates) == ["shop_usage"]


def test_autosetup_at_start_creates_what_is_missing_only(make_type: Any) -> None:
    usage = make_type()
    backend = usage.get_backend()
    autosetup_at_start([usage])
    assert list(backend.templates) == ["shop_usage"]
    backend.templates["shop_usage"] = {"pattern": "someone's"}
    autosetup_at_start([usage])
    assert backend.templates["shop_usage"] == {"pattern": "someone's"}


def test_a_cluster_that_is_away_doesnt_stop_the_start(
    make_type: Any, caplog: pytest.LogCaptureFixture
) -> None:
    usage, other = make_type("Usage"), make_type("Other")
    backend = usage.get_backend()
    backend.error = BackendUnreachableError(backend="main", reason="connection refused")
    with caplog.at_level(logging.ERROR, setup_guard.__name__):
        autosetup_at_start([usage, other])
    assert backend.asked == ["server_version"]  # it is not waited for twice
    assert "shop.Usage" in caplog.text
    assert "connection refused" in caplog.text
