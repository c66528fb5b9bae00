"""The client for Elasticsearch 6: its options, its requests, its errors."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.backend.answer import reason_of
from elasticsearch_metrics.backend.client_error import configuring, refused, unreachable
from elasticsearch_metrics.backend.record_fault import is_repairable
from elasticsearch_metrics.imps.elastic6.record_fault import RECORD_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

__all__ = (
    "Client",
    "client_option_names",
    "count_nodes",
    "make_client",
    "not_found",
    "send_request",
)


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


class Client(_Elasticsearch):  # type: ignore[misc] # untyped
    """The client, closed as later versions of it are."""

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()


def client_option_names(options: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the options that the client takes.

    Its constructor passes what it doesn't know to other classes, the last of which ignores what it
    doesn't know either; so the names are collected from all of them.

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


def make_client(backend_name: str, options: Mapping[str, Any]) -> Client:
    """Return a client; it connects when it is first used, unless ``sniff_on_start`` is set.

    Raises:
        djelme.errors.ConfigurationError: if the client refuses the options.
        djelme.errors.BackendUnreachableError: if it has to connect and gets no answer.
    """
    with configuring(backend_name, _errors.ImproperlyConfigured), _translated(backend_name):
        return Client(**{"max_retries": _MAX_RETRIES, **options, **_statuses(options)})


def _statuses(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the option ``retry_on_status`` as this client takes it, if it is one number."""
    status = options.get("retry_on_status")
    return {"retry_on_status": (status,)} if isinstance(status, int) else {}


def count_nodes(client: Client) -> int:
    """Return how many nodes a client knows."""
    return len(client.transport.connection_pool.connection_opts)


def send_request(
    client: Client,
    backend_name: str,
    method: str,
    path: str,
    *,
    params: Mapping[str, str] | None,
    body: bytes | Mapping[str, Any] | None,
    timeout: float | None,
) -> Any:
    """Send one request and return the parsed answer; see `RestBackend.request`."""
    transport = client.transport
    params_and_options: dict[str, Any] = {**(params or {})}  # a copy, since the client takes of it
    if timeout is not None:
        # Retries can't be set for one request. The copy shares the connections.
        transport = copy.copy(transport)
        transport.max_retries = 0
        params_and_options["request_timeout"] = timeout
    headers = {**_LINES} if path.endswith("/_bulk") else None
    with _translated(backend_name):
        return transport.perform_request(
            method, path, headers=headers, params=params_and_options, body=body
        )


def not_found(document_id: str) -> Exception:
    """Return the error that the client raises for a document that isn't there."""
    body = {"_id": document_id, "found": False}
    error: Exception = _errors.NotFoundError(404, str(body), body)
    return error


@contextmanager
def _translated(backend_name: str) -> Iterator[None]:
    """Turn the client's errors into djelme's."""
    try:
        yield
    except _errors.ElasticsearchException as error:
        status = getattr(error, "status_code", None)
        if isinstance(status, int):
            raise refused(
                backend_name,
                error,
                status=status,
                reason=reason_of(error.info or error.error),
                waits=is_repairable(status, error.info, RECORD_FAULTS),
            ) from error
        raise unreachable(backend_name, error) from error
