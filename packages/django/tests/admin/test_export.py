from __future__ import annotations

import asyncio
import csv
import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import AsyncRequestFactory, RequestFactory

from djelme.errors import BackendUnreachableError
from elasticsearch_metrics.admin import export

if TYPE_CHECKING:
    from collections.abc import Generator

NOON = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.timezone.utc)
_AWAY = BackendUnreachableError(backend="main", reason="it went away")


def _each_page(*pages: Any) -> Any:
    """Return what gives these pages, and raises those that are errors."""
    closed: list[bool] = []

    def each_page(*_arguments: Any, **_options: Any) -> Generator[list[dict[str, Any]]]:
        try:
            for page in pages:
                if isinstance(page, Exception):
                    raise page
                yield page
        finally:
            closed.append(True)

    each_page.closed = closed  # type: ignore[attr-defined]
    return each_page


def read(usage: Any, request: Any = None) -> Any:
    request = request or RequestFactory().get("/")
    bounds = (NOON.replace(hour=0), NOON.replace(day=24, hour=0))
    return export.export_records(request, usage, [], bounds, 1.0)


def rows(response: Any) -> list[list[str]]:
    return list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))


def test_records_have_rows_and_the_file_a_name(
    make_type: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = _each_page(
        [{"item_id": 1, "timestamp": NOON}],
        [{"item_id": ["=1", "\u202e"], "timestamp": None, "other": 1}],
    )
    monkeypatch.setattr(export, "each_page", pages)
    response = read(make_type())
    assert response["Content-Disposition"] == (
        'attachment; filename="shop.Usage_records_2026-11-23_to_2026-11-23.csv"'
    )
    assert rows(response) == [
        ["timestamp", "item_id"],
        ["2026-11-23 12:00:00", "1"],
        ["", "'=1, \ufffd"],
    ]
    assert pages.closed == [True]


def test_fields_that_are_not_declared_have_a_column_where_there_may_be_such(
    make_type: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "each_page", _each_page([{"item_id": 1, "a": "b"}]))
    response = read(make_type(mapping={"dynamic": "true"}))
    assert rows(response)[:2] == [
        ["timestamp", "item_id", "(other fields)"],
        ["", "1", '{"a": "b"}'],
    ]


def test_nothing_has_a_heading(make_type: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "each_page", _each_page())
    assert rows(read(make_type())) == [["timestamp", "item_id"]]


def test_a_failure_at_once_is_an_error(make_type: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "each_page", _each_page(_AWAY))
    with pytest.raises(BackendUnreachableError):
        read(make_type())


def test_a_failure_later_is_told_in_the_last_row(
    make_type: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(export, "each_page", _each_page([{"item_id": 1}], _AWAY))
    *_, before, last = rows(read(make_type()))
    assert before == ["", "1"]
    assert last[0].startswith("(incomplete: backend 'main' is unreachable")
    assert "the download of shop.Usage is incomplete" in caplog.text


def test_pieces_are_read_when_they_are_wanted(
    make_type: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = _each_page([{"item_id": 1}], [{"item_id": 2}], _AWAY)
    monkeypatch.setattr(export, "each_page", pages)
    response = read(make_type())
    content = iter(response.streaming_content)
    assert [next(content), next(content)] == [b"timestamp,item_id\n", b",1\n"]
    response.close()  # as when somebody goes away
    assert pages.closed == [True]


def test_it_does_not_block_an_event_loop(make_type: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "each_page", _each_page([{"item_id": 1}]))
    request = AsyncRequestFactory().get("/")
    assert isinstance(request, ASGIRequest)
    response = read(make_type(), request)
    assert response.is_async

    async def collected() -> bytes:
        return b"".join([piece async for piece in response])

    assert asyncio.run(collected()) == b"timestamp,item_id\n,1\n"
