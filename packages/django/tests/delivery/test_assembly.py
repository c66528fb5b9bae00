from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from djelme.delivery import termination
from elasticsearch_metrics.delivery import assembly


def backends(**options: Any) -> dict[str, Any]:
    return {"main": {"elasticsearch_metrics.imps.elastic8": {"hosts": "http://es", **options}}}


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    watched: list[str] = []
    monkeypatch.setattr(termination, "watch", lambda: watched.append("watched"))
    monkeypatch.setattr(assembly.request_started, "connect", lambda *_, **__: None)
    return watched


@pytest.mark.parametrize("mode", ["buffered", "durable"])
def test_signals_are_watched_where_records_wait(watched: list[str], mode: str) -> None:
    with override_settings(DJELME_BACKENDS=backends(djelme_delivery=mode)):
        assembly.watch_signals()
    assert watched == ["watched"]


@pytest.mark.parametrize(
    "configured", [{}, backends(), backends(djelme_delivery="direct"), "nonsense"]
)
def test_signals_are_left_alone_where_none_wait(watched: list[str], configured: Any) -> None:
    with override_settings(DJELME_BACKENDS=configured):
        assembly.watch_signals()
    assert watched == []


def test_only_asynchronous_requests_look_again(
    monkeypatch: pytest.MonkeyPatch, watched: list[str]
) -> None:
    monkeypatch.setattr(assembly, "_watched_pid", 0)
    assembly._watch_again(environ={})
    assert watched == []
    assembly._watch_again(scope={})
    assembly._watch_again(scope={})
    assert watched == ["watched"]
