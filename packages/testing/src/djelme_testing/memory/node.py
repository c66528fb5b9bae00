"""What stands between the clients and the in-memory Elasticsearch, in place of a network."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Generator

    from djelme_testing.memory.server import MemoryServer

__all__ = ("client_options",)

_ADDRESS = "http://in-memory:9200"
_FIRST_ERROR = 300


def client_options(server: MemoryServer) -> dict[str, Any]:
    """Return options of a client, or of a backend, that lead it to an in-memory server.

    They are for the client of the server's version, which runs unchanged up to its last step, the
    one that would open a connection.
    """
    if server.typed:
        return {"hosts": [_ADDRESS], "connection_class": _connection_class(server)}
    classes = {"node_class": _node_class(server), "transport_class": _transport_class()}
    return {"hosts": _ADDRESS, **classes}


def _node_class(server: MemoryServer) -> Any:
    transport: Any = importlib.import_module("elastic_transport")
    response: Any = importlib.import_module("elastic_transport._node").NodeApiResponse

    class MemoryNode(transport.BaseNode):  # type: ignore[misc] # chosen at run time
        """A node without a connection."""

        def perform_request(self, method: str, target: str, body: Any = None, **_: Any) -> Any:
            """Answer a request."""
            status, answer = server.handle(method, target, body)
            sent = {"content-type": "application/json", "x-elastic-product": "Elasticsearch"}
            headers = transport.HttpHeaders(sent)
            meta = transport.ApiResponseMeta(status, "1.1", headers, 0.0, self.config)
            return response(meta, json.dumps(answer).encode())

        def close(self) -> None:
            """Close nothing."""

    return MemoryNode


def _transport_class() -> Any:
    transport: Any = importlib.import_module("elastic_transport")

    class Answer(transport.TransportApiResponse):  # type: ignore[misc] # chosen at run time
        """An answer that is there already, also for those who await it."""

        def __await__(self) -> Generator[None, None, Answer]:
            return self
            yield

    class MemoryTransport(transport.Transport):  # type: ignore[misc] # chosen at run time
        """One transport for synchronous and asynchronous clients, since it never waits."""

        def perform_request(self, *args: Any, **kwargs: Any) -> Answer:
            """Send a request and return its answer."""
            return Answer(*super().perform_request(*args, **kwargs))

        def close(self) -> Answer:
            """Close nothing."""
            return Answer(None, None)

    return MemoryTransport


def _connection_class(server: MemoryServer) -> Any:
    # The imp knows how to import it beside newer packages.
    importlib.import_module("elasticsearch_metrics.imps.elastic6.client")
    base: Any = importlib.import_module("elasticsearch6").Connection

    class MemoryConnection(base):  # type: ignore[misc] # untyped
        """A connection to nowhere."""

        def perform_request(
            self, method: str, url: str, params: Any = None, body: Any = None, **options: Any
        ) -> tuple[int, dict[str, str], str]:
            """Answer a request."""
            target = f"{url}?{urlencode(params)}" if params else url
            status, answer = server.handle(method, target, body)
            text = json.dumps(answer)
            if status >= _FIRST_ERROR and status not in options.get("ignore", ()):
                self._raise_error(status, text)
            return status, {"content-type": "application/json"}, text

        def close(self) -> None:
            """Close nothing."""

    return MemoryConnection
