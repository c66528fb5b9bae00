"""What stands between the clients and the in-memory Elasticsearch, in place of a network."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

from djelme.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Generator

    from djelme_testing.memory.server import MemoryServer

__all__ = ("client_options",)

_ADDRESS = "http://in-memory:9200"
_FIRST_ERROR = 300
#: The first version whose client has a transport of its own.
_WITH_NODES = 8


def client_options(server: MemoryServer) -> dict[str, Any]:
    """Return options of a client, or of a backend, that lead it to an in-memory server.

    They are for the client of the server's version, which runs unchanged up to its last step, the
    one that would open a connection.

    Raises:
        djelme.errors.ConfigurationError: if the client isn't installed.
    """
    try:
        if server.major >= _WITH_NODES:
            return {
                "hosts": _ADDRESS,
                "node_class": _node_class(server),
                "transport_class": _transport_class(),
            }
        return {"hosts": [_ADDRESS], "connection_class": _connection_class(server)}
    except ImportError as error:
        msg = f"the client of Elasticsearch {server.major} is not installed: {error}"
        raise ConfigurationError(msg) from error


def _node_class(server: MemoryServer) -> Any:
    transport: Any = importlib.import_module("elastic_transport")
    answer_class: Any = importlib.import_module("elastic_transport._node").NodeApiResponse

    class MemoryNode(transport.BaseNode):  # type: ignore[misc] # chosen at run time
        """A node without a connection."""

        def perform_request(
            self,
            method: str,
            target: str,
            body: bytes | None = None,
            headers: Any = None,  # noqa: ARG002 - everything is JSON
            request_timeout: Any = None,  # noqa: ARG002 - nothing takes time
        ) -> Any:
            """Answer a request."""
            status, told = server.handle(method, target, body)
            sent = {"content-type": "application/json", "x-elastic-product": "Elasticsearch"}
            meta = transport.ApiResponseMeta(
                status, "1.1", transport.HttpHeaders(sent), 0.0, self.config
            )
            return answer_class(meta, b"" if method == "HEAD" else json.dumps(told).encode())

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

        def close(self) -> _Closed:
            """Close nothing."""
            super().close()
            return _Closed()

    return MemoryTransport


class _Closed:
    """What closing gives, also to those who await it."""

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


def _connection_class(server: MemoryServer) -> Any:
    # The imp knows how to import it beside newer packages.
    importlib.import_module("elasticsearch_metrics.imps.elastic6.client")
    base: Any = importlib.import_module("elasticsearch6").Connection
    urlencode = importlib.import_module("urllib.parse").urlencode

    class MemoryConnection(base):  # type: ignore[misc] # untyped
        """A connection to nowhere."""

        def perform_request(  # noqa: PLR0917 - the client calls it so
            self,
            method: str,
            url: str,
            params: Any = None,
            body: Any = None,
            timeout: Any = None,  # noqa: ARG002 - nothing takes time
            ignore: Any = (),
            headers: Any = None,  # noqa: ARG002 - everything is JSON
        ) -> tuple[int, dict[str, str], str]:
            """Answer a request."""
            target = f"{url}?{urlencode(params)}" if params else url
            status, told = server.handle(method, target, body)
            text = json.dumps(told)
            if status >= _FIRST_ERROR and status not in ignore:
                self._raise_error(status, text)
            return status, {"content-type": "application/json"}, text

        def close(self) -> None:
            """Close nothing."""

    return MemoryConnection
