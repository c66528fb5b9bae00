"""Decorators of views."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction

from elasticsearch_metrics.view_record import ViewRecord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from django.http import HttpRequest, HttpResponseBase

    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("records",)

_View = TypeVar("_View", bound="Callable[..., Any]")


def records(
    recordtype: type[RecordType] | str,
    *,
    condition: Callable[[HttpRequest, HttpResponseBase], bool] | None = None,
    using: str | None = None,
    **values: Any,
) -> Callable[[_View], _View]:
    """Store a record each time the decorated view answers a request.

    For functions, synchronous and asynchronous ones, and with Django's ``method_decorator`` for
    the ``dispatch`` of classes. An error in storing never breaks the response; see
    ``DJELME_VIEW_ERRORS``.

    Args:
        recordtype: the record type, or its label as in ``"myapp.UsageRecord"``.
        condition: called with request and response; tells whether to store a record. By default,
            for types of counted usage `elasticsearch_metrics.view_record.is_usage` (200, 304 and
            redirections to other sites), for others `is_answer` (2xx but 206, and 304); neither
            takes answers to HEAD and OPTIONS.
        using: name of a backend, in place of the type's own.
        **values: the record's values by field. A str is the name of the view's keyword argument
            that has the value, or, with dots in it, the path of a function. A function is called
            with the request, and with what else it names as its parameters: ``response``, or
            keyword arguments of the view. Anything else is the value.
    """
    record = ViewRecord(recordtype, values, condition=condition, using=using)

    def decorate(view: _View) -> _View:
        async def finish(
            answer: Awaitable[HttpResponseBase], request: HttpRequest, kwargs: Mapping[str, Any]
        ) -> HttpResponseBase:
            response = await answer
            await record.arecord(request, response, kwargs)
            return response

        @functools.wraps(view)
        async def asynchronous(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return await finish(view(request, *args, **kwargs), request, kwargs)

        @functools.wraps(view)
        def synchronous(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            response = view(request, *args, **kwargs)
            if inspect.isawaitable(response):  # from the dispatch() of an asynchronous class
                return finish(response, request, kwargs)
            record.record(request, response, kwargs)
            return response

        return cast("_View", asynchronous if iscoroutinefunction(view) else synchronous)

    return decorate
