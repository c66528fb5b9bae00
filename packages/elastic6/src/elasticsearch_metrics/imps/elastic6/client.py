"""The client for Elasticsearch 6: its options, its requests, its errors."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import inspect
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendError, BackendRefusedError
from elasticsearch_metrics.backend.answer import reason_of
from elasticsearch_metrics.backend.client_error import configuring, joined, unreachable
from elasticsearch_metrics.backend.connection import LINED
from elasticsearch_metrics.backend.record_fault import is_repairable
from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.backend.server_version import MAY_NOT_ASK, VERSION_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

__all__ = ("Client", "ClientRequests")


def _import_client() -> ModuleType:
    """Import elasticsearch6, also beside a numpy that lacks what it asks for.

    elasticsearch6 6.8.2, the last of its line, reads ``numpy.float_`` where numpy is installed, and
    numpy 2 has it no longer. This can go together with the imp.
    """
    numpy = importlib.import_module("numpy") if importlib.util.find_spec("numpy") else None
    if numpy is None or hasattr(numpy, "float_"):
        return importlib.import_module("elasticsearch6")
    numpy.float_ = numpy.float64  # type: ignore[attr-defined]
    try:
        return importlib.import_module("elasticsearch6")
    finally:
        del numpy.float_


_elasticsearch6 = _import_client()
_errors: Any = _elasticsearch6.exceptions
_Elasticsearch: Any = _elasticsearch6.Elasticsearch
#: Parameters that are options of the transport.
_OPTIONS = frozenset({"request_timeout"})
_LINES = {"content-type": "application/x-ndjson"}
#: The classes whose constructors take options, and the options that replace them.
_OPTION_CLASSES: dict[str, Any] = {
    "transport_class": _elasticsearch6.Transport,
    "connection_pool_class": _elasticsearch6.ConnectionPool,
    "connection_class": _elasticsearch6.Urllib3HttpConnection,
}
#: The client sleeps 1, 3 and 7 seconds before its first, second and third retry, in the thread of
#: the caller; so it retries once, unless ``max_retries`` says otherwise.
_MAX_RETRIES = 1


class _Transport:
    """A transport that raises djelme's errors: every request goes through here.

    Args:
        transport: the client's.
        backend: whom the requests are for.
    """

    def __init__(self, transport: Any, backend: ClientRequests) -> None:
        self._transport = transport
        self._backend = backend

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def perform_request(self, method: str, url: str, **request: Any) -> Any:
        """Send a request and return the parsed answer."""
        try:
            if self._backend.is_unmet:
                answer = self._ask(request.get("params"))
                self._backend.meet(answer)
                if url == VERSION_PATH and answer is not None:
                    return answer
            return self._transport.perform_request(method, url, **request)
        except _errors.ElasticsearchException as error:
            raise self._backend.translated(error) from error

    def _ask(self, params: Mapping[str, Any] | None) -> Any:
        """Ask for the server's version, within the time that there is for a request."""
        options = {name: value for name, value in (params or {}).items() if name in _OPTIONS}
        try:
            return self._transport.perform_request("GET", VERSION_PATH, params=options)
        except _errors.TransportError as error:
            if error.status_code in MAY_NOT_ASK:
                return None
            raise

    def once(self) -> _Transport:
        """Return one that repeats nothing: retries can't be set for one request."""
        transport = copy.copy(self._transport)  # shares the connections
        transport.max_retries = 0
        return _Transport(transport, self._backend)


class Client(_Elasticsearch):  # type: ignore[misc] # untyped
    """The client, closed as later versions of it are."""

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()


class ClientRequests(RestBackend):
    """A cluster, asked by this client."""

    @classmethod
    def option_names(cls, options: Mapping[str, Any]) -> frozenset[str]:
        """Return the names of the options that the client takes.

        Its constructor passes what it doesn't know to other classes, the last of which ignores what
        it doesn't know either; so the names are collected from all of them.

        Args:
            options: the options that are set; they may replace some of the classes.
        """
        classes = [_Elasticsearch, _elasticsearch6.Connection]
        classes += [options.get(name) or default for name, default in _OPTION_CLASSES.items()]
        names = {
            parameter.name
            for option_class in classes
            for cls in inspect.getmro(option_class)[:-1]
            for parameter in inspect.signature(cls.__init__).parameters.values()  # type: ignore[misc]
            if parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
        }
        return frozenset(names - {"self", "host", "port", "connections"} | {"scheme"})

    def make_client(self, options: Mapping[str, Any]) -> Client:
        """Return a client; it connects when it is first used, unless ``sniff_on_start`` is set."""
        status = options.get("retry_on_status")
        statuses = {"retry_on_status": (status,)} if isinstance(status, int) else {}
        try:
            with configuring(self.name, _errors.ImproperlyConfigured):
                client = Client(**{"max_retries": _MAX_RETRIES, **options, **statuses})
        except _errors.ElasticsearchException as error:
            raise self.translated(error) from error
        client.transport = _Transport(client.transport, self)
        return client

    def count_nodes(self, client: Client) -> int:
        """Return how many nodes a client knows."""
        return len(client.transport.connection_pool.connection_opts)

    def send_request(
        self,
        client: Client,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None,
        body: bytes | Mapping[str, Any] | None,
        timeout: float | None,
    ) -> Any:
        """Send one request and return the parsed answer."""
        transport = client.transport
        options: dict[str, Any] = {**(params or {})}  # a copy, since the client takes of it
        if timeout is not None:
            transport = transport.once()
            options["request_timeout"] = timeout
        headers = {**_LINES} if path.endswith(LINED) else None
        return transport.perform_request(method, path, headers=headers, params=options, body=body)

    def missing(self, document_id: str) -> Exception:
        """Return the error that the client raises for a document that isn't there."""
        body = {"_id": document_id, "found": False}
        error: Exception = _errors.NotFoundError(HTTPStatus.NOT_FOUND.value, str(body), body)
        return error

    def translated(self, error: Any) -> BackendError:
        """Return djelme's error for one of the client's."""
        status = getattr(error, "status_code", None)
        if not isinstance(status, int):
            return joined(unreachable(self.name, error), error)
        refused = BackendRefusedError(
            backend=self.name,
            status=status,
            reason=reason_of(error.info or error.error),
            waits=is_repairable(status, error.info, self.features.record_faults),
        )
        return joined(refused, error)
