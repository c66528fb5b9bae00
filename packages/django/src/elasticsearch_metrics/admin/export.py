"""Download the records that a search finds, as CSV, without ever having all of them in memory."""

from __future__ import annotations

import datetime
import logging
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse

from djelme.errors import BackendError
from djelme.log_field import log_fields
from elasticsearch_metrics.admin.cell import text_of
from elasticsearch_metrics.admin.download import attachment
from elasticsearch_metrics.admin.hits import each_page
from elasticsearch_metrics.backend.deadline import answered_within
from elasticsearch_metrics.statistics.sheet import OTHER_FIELDS, range_name, table_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator, Sequence

    from django.http import HttpRequest

    from elasticsearch_metrics.admin.condition import Condition
    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("export_records",)

logger = logging.getLogger(__name__)

Bounds = tuple["datetime.datetime | None", "datetime.datetime | None"]


def export_records(
    request: HttpRequest,
    recordtype: type[RecordType],
    conditions: Sequence[Condition],
    bounds: Bounds,
    timeout: float,
) -> StreamingHttpResponse:
    """Return records as CSV, newest first, in pieces.

    The first piece is read at once, so that an error can still be answered. If something fails
    later, the last row says so.

    Args:
        request: that is answered.
        recordtype: the record type.
        conditions: all of which hold for the records.
        bounds: of the range of time, half-open and in UTC; None for an open end.
        timeout: how long each piece may take, in seconds.

    Raises:
        ConfigurationError: if the backend is missing or of a kind that can't be searched.
        djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part of the
            answer only.
    """
    pages = each_page(recordtype, conditions, since=bounds[0], before=bounds[1])
    first = _next(pages, timeout)
    pieces: Any = _pieces(recordtype, first, pages, timeout)
    if isinstance(request, ASGIRequest):
        pieces = _async(pieces)
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    label, span = recordtype.djelme.label, range_name(*bounds)
    return attachment(response, f"{'_'.join(filter(None, (label, 'records', span)))}.csv")


def _pieces(
    recordtype: type[RecordType],
    page: list[dict[str, Any]] | None,
    pages: Generator[list[dict[str, Any]]],
    timeout: float,
) -> Iterator[str]:
    columns = _columns(recordtype)
    has_others = recordtype.djelme.options.mapping.get("dynamic", "strict") != "strict"
    yield table_text([[*columns, *([OTHER_FIELDS] if has_others else [])]])
    try:
        while page is not None:
            rows = ([_value(record.pop(name, None)) for name in columns] for record in page)
            if has_others:
                rows = (
                    [*row, text_of(record) if record else ""]
                    for row, record in zip(rows, page, strict=True)
                )
            yield table_text(rows)
            page = _next(pages, timeout)
    except BackendError as error:
        label = recordtype.djelme.label
        logger.warning(
            "the download of %s is incomplete: %s",
            label,
            error,
            extra=log_fields(backend=error.backend, recordtype=label, reason=type(error).__name__),
        )
        yield table_text([[f"(incomplete: {error})"]])
    finally:
        pages.close()


def _next(pages: Iterator[list[dict[str, Any]]], timeout: float) -> list[dict[str, Any]] | None:
    with answered_within(timeout):
        return next(pages, None)


def _columns(recordtype: type[RecordType]) -> list[str]:
    """Return the declared fields, the time first."""
    time_field = recordtype.TIME_FIELD
    first = [] if time_field is None else [time_field]
    return [*dict.fromkeys([*first, *recordtype.djelme.fields])]


def _value(value: Any) -> object:
    """Return a value as a cell: numbers, dates and texts as such, lists and objects as texts."""
    value = getattr(value, "value", value)  # of an enumeration
    is_plain = value is None or isinstance(value, (bool, int, float, str, datetime.date))
    return value if is_plain else text_of(value)


async def _async(pieces: Iterator[str]) -> AsyncIterator[str]:
    """Yield the same without blocking the event loop, piece by piece."""
    try:
        step = sync_to_async(lambda: next(pieces, None))
        while (piece := await step()) is not None:
            yield piece
    finally:
        await sync_to_async(pieces.close)()  # type: ignore[attr-defined] # it is a generator
