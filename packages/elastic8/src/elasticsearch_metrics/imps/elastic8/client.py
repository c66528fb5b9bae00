"""The client for Elasticsearch 8: its options, its requests, its errors."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch8 import (
    ApiError,
    AsyncElasticsearch,
    Elasticsearch,
    NotFoundError,
    TransportError,
    UnsupportedProductError,
)

from elasticsearch_metrics.backend.answer import reason_of
from elasticsearch_metrics.backend.client_error import configuring, refused, unreachable
from elasticsearch_metrics.backend.record_fault import is_repairable
from elasticsearch_metrics.imps.elastic8.record_fault import RECORD_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = (
    "CLIENT_OPTION_NAMES",
    "asend_request",
    "count_nodes",
    "make_async_client",
    "make_client",
    "not_found",
    "send_request",
)

#: What the client's constructor takes; ``hosts`` is its only positional one.
CLIENT_OPTION_NAMES = frozenset(
    name
    for name in inspect.signature(Elasticsearch.__init__).parameters
    if name != "self" and not name.startswith("_")
)
_JSON = {"Accept": "application/json", "Content-Type": "application/json"}
_LINES = {"Accept": "application/json", "Content-Type": "application/x-ndjson"}


def make_client(backend_name: str, options: Mapping[str, Any]) -> Elasticsearch:
    """Return a client; it connects when it is first used, unless ``sniff_on_start`` is set.

    Raises:
        djelme.errors.ConfigurationError: if the client refuses the options.
        djelme.errors.BackendUnreachableError: if it has to connect and gets no answer.
    """
    with configuring(backend_name), _translated(backend_name):
        return Elasticsearch(**options)


def make_async_client(backend_name: str, options: Mapping[str, Any]) -> AsyncElasticsearch:
    """Return an asynchronous client; it connects when it is first used.

    Raises:
        djelme.errors.ConfigurationError: if the client refuses the options, or if there is no
            library for asynchronous HTTP, which the extra ``async`` brings.
    """
    with configuring(backend_name):
        return AsyncElasticsearch(**options)


def count_nodes(client: Elasticsearch) -> int:
    """Return how many nodes a client knows."""
    return len(client.transport.node_pool)


def send_request(
    client: Elasticsearch,
    backend_name: str,
    method: str,
    path: str,
    *,
    params: Mapping[str, str] | None,
    body: bytes | Mapping[str, Any] | None,
    timeout: float | None,
) -> Any:
    """Send one request and return the parsed answer; see `RestBackend.request`."""
    if timeout is not None:
        client = client.options(request_timeout=timeout, max_retries=0)
    with _translated(backend_name):
        return client.perform_request(
            method, path, params=params, headers=_headers(path), body=body
        ).body


async def asend_request(
    client: AsyncElasticsearch,
    backend_name: str,
    method: str,
    path: str,
    *,
    params: Mapping[str, str] | None,
    body: bytes | Mapping[str, Any] | None,
    timeout: float | None = None,
) -> Any:
    """Do the same as `send_request` on an event loop."""
    if timeout is not None:
        client = client.options(request_timeout=timeout, max_retries=0)
    with _translated(backend_name):
        answer = await client.perform_request(
            method, path, params=params, headers=_headers(path), body=body
        )
    return answer.body


def not_found(document_id: str) -> NotFoundError:
    """Return the error that the client raises for a document that isn't there."""
    meta = ApiResponseMeta(404, "1.1", HttpHeaders(), 0.0, NodeConfig("http", "localhost", 9200))
    body = {"_id": document_id, "found": False}
    return NotFoundError(str(body), meta=meta, body=body)


def _headers(path: str) -> dict[str, str]:
    return _LINES if path.endswith("/_bulk") else _JSON


@contextmanager
def _translated(backend_name: str) -> Iterator[None]:
    """Turn the client's errors into djelme's."""
    try:
        yield
    except UnsupportedProductError as error:
        reason = "what answers is no Elasticsearch (a proxy, or another product)"
        raise unreachable(backend_name, error, reason) from error
    except ApiError as error:
        raise refused(
            backend_name,
            error,
            status=error.meta.status,
            reason=_reason(error.body),
            waits=is_repairable(error.meta.status, error.body, RECORD_FAULTS),
        ) from error
    except TransportError as error:
        raise unreachable(backend_name, error) from error


def _reason(body: Any) -> str:
    return reason_of(body.get("error", body) if isinstance(body, dict) else body)
