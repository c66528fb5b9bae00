"""What template tags write to the log while the cluster is away."""

from __future__ import annotations

import logging

import pytest

from djelme.errors import BackendUnreachableError
from elasticsearch_metrics.templatetags import djelme


@pytest.mark.parametrize(("was_asked", "lines"), [(True, 1), (False, 0)])
def test_a_page_of_many_boxes_warns_once(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    was_asked: bool,
    lines: int,
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        cause = OSError("timed out") if was_asked else None
        raise BackendUnreachableError(backend="main", reason="it didn't answer") from cause

    monkeypatch.setattr(djelme, "look_up", fail)
    with caplog.at_level(logging.INFO, logger=djelme.__name__):
        assert djelme.usage_box("shop.View", 7) == {"usage": None}
    assert len(caplog.records) == lines
