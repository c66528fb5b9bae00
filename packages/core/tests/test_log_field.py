from __future__ import annotations

import inspect
import logging
from pathlib import Path

import pytest

from djelme.delivery.log import Log
from djelme.log_field import LOG_FIELD_PREFIX, log_fields


def test_only_what_applies_is_there() -> None:
    assert log_fields() == {}
    assert log_fields(records=0) == {"djelme_records": 0}
    assert log_fields(path=Path("/a/b")) == {"djelme_path": "/a/b"}


def test_every_field_can_be_in_a_log_record(caplog: pytest.LogCaptureFixture) -> None:
    names = inspect.signature(log_fields).parameters
    fields = log_fields(**dict.fromkeys(names, 1))  # type: ignore[arg-type]
    assert fields.keys() == {f"{LOG_FIELD_PREFIX}{name}" for name in names}
    with caplog.at_level(logging.INFO):
        logging.getLogger("djelme").info("message", extra=fields)
        Log("djelme").info("message %s", 2, extra=fields)
    assert len(caplog.records) == 2
    for record in caplog.records:
        assert fields.items() <= vars(record).items()


@pytest.mark.parametrize(("method", "level"), [("info", 20), ("warning", 30), ("error", 40)])
def test_the_log_of_deliveries(caplog: pytest.LogCaptureFixture, method: str, level: int) -> None:
    with caplog.at_level(logging.INFO):
        getattr(Log("djelme.x"), method)("%s", "a", extra=log_fields(backend="main"))
        getattr(Log("djelme.x"), method)("b")
    first, second = caplog.records
    assert (first.levelno, first.getMessage(), vars(first)["djelme_backend"]) == (
        level,
        "a",
        "main",
    )
    assert "djelme_backend" not in vars(second)
