"""Middleware that records views by their names.

`DJELME_RECORDED_VIEWS`
    ``{view name: (record type's label, {field: value})}``, such as ``{"shop:item":
    ("shop.UsageRecord", {"item_id": "pk"})}``. View names are those of Django's ``reverse``; values
    are those of the decorator `elasticsearch_metrics.decorators.records`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings

from djelme.errors import ConfigurationError
from elasticsearch_metrics.view_record import ViewRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

__all__ = ("RecordViewsMiddleware", "recorded_views")

_PAIR = 2
_SHAPE = '{"shop:item": ("shop.UsageRecord", {"item_id": "pk"})}'


def recorded_views() -> dict[str, ViewRecord]:
    """Return what ``DJELME_RECORDED_VIEWS`` says, by view name.

    Raises:
        ConfigurationError: if the setting doesn't have its shape.
    """
    value = getattr(settings, "DJELME_RECORDED_VIEWS", {})
    if not isinstance(value, Mapping):
        msg = f"DJELME_RECORDED_VIEWS should be a dict like {_SHAPE}, not {value!r}"
        raise ConfigurationError(msg)
    return {name: _view_record(name, entry) for name, entry in value.items()}


def _view_record(name: object, entry: object) -> ViewRecord:
    if isinstance(entry, (list, tuple)) and len(entry) == _PAIR:
        label, values = entry
        if isinstance(label, str) and isinstance(values, Mapping):
            return ViewRecord(label, values)
    msg = (
        f"DJELME_RECORDED_VIEWS[{name!r}] should be the label of a record type and a dict of "
        f"values, as in {_SHAPE}, not {entry!r}"
    )
    raise ConfigurationError(msg)


class RecordViewsMiddleware:
    """Stores a record when a view that ``DJELME_RECORDED_VIEWS`` names has answered.

    For synchronous and asynchronous sites. It belongs below the middleware whose responses aren't
    views' answers, such as those that redirect or authenticate.

    Args:
        get_response: the next middleware or the view.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._records = recorded_views()
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Return the response, once the record is stored; a coroutine on asynchronous sites."""
        if self._is_async:
            return self._answer(request)
        response = self._get_response(request)
        found = self._find(request)
        if found is not None:
            found[0].record(request, response, found[1])
        return response

    async def _answer(self, request: HttpRequest) -> Any:
        response = await self._get_response(request)
        found = self._find(request)
        if found is not None:
            await found[0].arecord(request, response, found[1])
        return response

    def _find(self, request: HttpRequest) -> tuple[ViewRecord, Mapping[str, Any]] | None:
        match = request.resolver_match
        record = self._records.get(match.view_name) if match is not None else None
        return None if record is None or match is None else (record, match.kwargs)
