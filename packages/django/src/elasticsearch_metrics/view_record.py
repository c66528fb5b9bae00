"""Store a record when a view has answered a request.

`DJELME_VIEW_ERRORS`
    What happens when that fails: ``"log"`` (the default) logs it, sends the signal
    `view_not_recorded` and lets the response go its way; ``"raise"`` raises the error, for tests
    and development.
"""

from __future__ import annotations

import inspect
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http.request import split_domain_port, validate_host
from django.utils.module_loading import import_string

from djelme.errors import ConfigurationError, RobotRefusedError
from djelme.log_field import log_fields
from elasticsearch_metrics import signals
from elasticsearch_metrics.counter.reader import request_identity
from elasticsearch_metrics.counter.usage import CountedUsage
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponseBase

    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("ViewRecord", "error_policy", "is_answer", "is_usage", "request_identity")

logger = logging.getLogger(__name__)

_POLICIES = ("log", "raise")
_OK = range(200, 300)
_REDIRECTIONS = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
_NO_USAGE = frozenset({"HEAD", "OPTIONS"})


def error_policy() -> str:
    """Return ``DJELME_VIEW_ERRORS``.

    Raises:
        ConfigurationError: if it is none of its values.
    """
    value = getattr(settings, "DJELME_VIEW_ERRORS", "log")
    if value not in _POLICIES:
        msg = f"DJELME_VIEW_ERRORS should be 'log' or 'raise', not {value!r}"
        raise ConfigurationError(msg)
    policy: str = value
    return policy


def is_answer(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return whether a view answered a request: by status 2xx or 304, not to HEAD and OPTIONS.

    A part of an answer (206) is none: whoever reads a file in parts would count once for each.
    """
    status = response.status_code
    is_whole = status in _OK and status != HTTPStatus.PARTIAL_CONTENT
    answered = is_whole or status == HTTPStatus.NOT_MODIFIED
    return answered and request.method not in _NO_USAGE


def is_usage(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return whether a view gave somebody what they asked for, as COUNTER sees it.

    That is so for answers of status 200, and 304, which says that the client has it already, except
    to HEAD and OPTIONS. A redirection counts if it leads to another site, as a link-out or a file
    kept elsewhere does; within the site, what it leads to counts, and to the login nothing does
    (COUNTER Code of Practice, Release 5.1.1, section 7.1).
    """
    status = response.status_code
    given = status in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED} or (
        status in _REDIRECTIONS and _leads_elsewhere(request, response)
    )
    return given and request.method not in _NO_USAGE


def _leads_elsewhere(request: HttpRequest, response: HttpResponseBase) -> bool:
    host = urlsplit(response.headers.get("Location", "")).hostname
    if not host or host == urlsplit(str(settings.LOGIN_URL)).hostname:
        return False
    try:
        own, _ = split_domain_port(request.get_host())
    except DisallowedHost:
        return False
    return not validate_host(host, [own, *(name for name in settings.ALLOWED_HOSTS if name != "*")])


class ViewRecord:
    """Which record a view stores, and what is in it.

    Args:
        recordtype: the record type, or its label as in ``"myapp.UsageRecord"``.
        values: by field. A str is the name of the view's keyword argument that has the value, or,
            with dots in it, the path of a function. A function is called with the request, and
            with what else it names as its parameters: ``response``, or keyword arguments of the
            view. Anything else is the value.
        condition: called with request and response; tells whether to store a record. None for
            `is_usage` where the type counts usage, for `is_answer` elsewhere.
        using: name of a backend, in place of the type's own.
    """

    def __init__(
        self,
        recordtype: type[RecordType] | str,
        values: Mapping[str, Any],
        *,
        condition: Callable[[HttpRequest, HttpResponseBase], bool] | None = None,
        using: str | None = None,
    ) -> None:
        self._recordtype = recordtype
        self._values = values
        self._condition = condition
        self._using = using

    @property
    def label(self) -> str:
        """The record type's name for people."""
        given = self._recordtype
        return given if isinstance(given, str) else given.djelme.label

    @property
    def field_names(self) -> frozenset[str]:
        """The names of the fields that get a value."""
        return frozenset(self._values)

    @property
    def recordtype(self) -> type[Any]:
        """The record type.

        Raises:
            LookupError: if there is none of the given name.
        """
        if not isinstance(self._recordtype, str):
            return self._recordtype
        return djelme_registry.get_recordtype(self._recordtype)

    def record(
        self, request: HttpRequest, response: HttpResponseBase, kwargs: Mapping[str, Any]
    ) -> None:
        """Store the record of a request that was answered.

        Args:
            request: the request.
            response: the view's response to it.
            kwargs: the view's keyword arguments.
        """
        try:
            if self._is_recorded(request, response):
                self.recordtype.record(using=self._using, **self._fields(request, response, kwargs))
        except Exception as error:  # noqa: BLE001 - whatever it is, the response is there by now
            self._fail(request, error)

    async def arecord(
        self, request: HttpRequest, response: HttpResponseBase, kwargs: Mapping[str, Any]
    ) -> None:
        """Do the same as `record` without blocking the event loop."""
        try:
            if self._is_recorded(request, response):
                # What the values are made by may be anything, also a query.
                fields = await sync_to_async(self._fields)(request, response, kwargs)
                coroutine = self.recordtype.arecord(using=self._using, **fields)
                del fields  # it may tell who it was, and tracebacks have it
                await coroutine
        except Exception as error:  # noqa: BLE001 - whatever it is, the response is there by now
            self._fail(request, error)

    def _is_recorded(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        condition = self._condition or (is_usage if self._is_counted() else is_answer)
        return condition(request, response)

    def _is_counted(self) -> bool:
        return issubclass(self.recordtype, CountedUsage)

    def _fields(
        self, request: HttpRequest, response: HttpResponseBase, kwargs: Mapping[str, Any]
    ) -> dict[str, Any]:
        fields = request_identity(request) if self._is_counted() else {}
        for name, given in self._values.items():
            fields[name] = _value(given, request, response, kwargs)
        return fields

    def _fail(self, request: HttpRequest, error: Exception) -> None:
        if isinstance(error, RobotRefusedError):
            logger.debug("%s: %s", self.label, error)
            return
        if error_policy() == "raise":
            raise error
        logger.error(
            "%s: a view was not recorded: %s",
            self.label,
            error,
            exc_info=error,
            extra=log_fields(
                backend=getattr(error, "backend", None),
                recordtype=self.label,
                reason=type(error).__name__,
            ),
        )
        sender = self.recordtype if self._is_known() else None
        signals.view_not_recorded.send_robust(sender=sender, request=request, error=error)

    def _is_known(self) -> bool:
        try:
            return self.recordtype is not None
        except LookupError:
            return False


def _value(
    given: Any, request: HttpRequest, response: HttpResponseBase, kwargs: Mapping[str, Any]
) -> Any:
    if isinstance(given, str) and "." not in given:
        if given not in kwargs:
            msg = f"the view has no keyword argument {given!r}, only {sorted(kwargs)}"
            raise LookupError(msg)
        return kwargs[given]
    function = import_string(given) if isinstance(given, str) else given
    if not callable(function):
        return function
    return function(request, **_named(function, {**kwargs, "response": response}))


def _named(function: Callable[..., Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of some values that a function has parameters for, after its first one."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[1:]
    except ValueError:  # it is not written in Python
        return {}
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return dict(known)
    return {
        parameter.name: known[parameter.name] for parameter in parameters if parameter.name in known
    }
