"""The clients of before Elastic's own transport: elasticsearch6, and what was forked from such.

They are alike in everything that djelme asks of them, so an imp only names their classes.
"""

from __future__ import annotations

import copy
import inspect
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from djelme.errors import BackendError, BackendRefusedError
from elasticsearch_metrics.backend.answer import reason_of
from elasticsearch_metrics.backend.client_error import configuring, joined, unreachable
from elasticsearch_metrics.backend.connection import LINED
from elasticsearch_metrics.backend.record_fault import is_repairable
from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.backend.server_version import MAY_NOT_ASK, VERSION_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("ClassicBackend",)

#: Parameters that are options of the transport.
_OPTIONS = frozenset({"request_timeout"})
_LINES = {"content-type": "application/x-ndjson"}
#: The options that replace classes whose constructors take options, and these classes' names.
_OPTION_CLASSES = {
    "transport_class": "Transport",
    "connection_pool_class": "ConnectionPool",
    "connection_class": "Urllib3HttpConnection",
}
#: The client sleeps 1, 3 and 7 seconds before its first, second and third retry, in the thread of
#: the caller; so it retries once, unless ``max_retries`` says otherwise.
_MAX_RETRIES = 1


class ClassicBackend(RestBackend):
    """A cluster, asked by a client whose transport is a part of it.

    Attributes:
        library: the client's module.
        client_name: the name of the client's class in it.
        root_error: what its requests raise.
    """

    library: Any
    client_name: ClassVar[str] = "Elasticsearch"
    root_error: ClassVar[type[Exception]]

    @classmethod
    def option_names(cls, options: Mapping[str, Any]) -> frozenset[str]:
        """Return the names of the options that the client takes.

        Its constructor passes what it doesn't know to other classes, the last of which ignores what
        it doesn't know either; so the names are collected from all of them.

        Args:
            options: the options that are set; they may replace some of the classes.
        """
        classes = [getattr(cls.library, cls.client_name), cls.library.Connection]
        classes += [
            options.get(option) or getattr(cls.library, name)
            for option, name in _OPTION_CLASSES.items()
        ]
        names = {
            parameter.name
            for option_class in classes
            for base in inspect.getmro(option_class)[:-1]
            for parameter in inspect.signature(base.__init__).parameters.values()  # type: ignore[misc]
            if parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
        }
        return frozenset(names - {"self", "host", "port", "connections"} | {"scheme"})

    def make_client(self, options: Mapping[str, Any]) -> Any:
        """Return a client; it connects when it is first used, unless ``sniff_on_start`` is set."""
        client_class = getattr(self.library, self.client_name)
        cls: Any = type(self.client_name, (_Client, client_class), {})
        status = options.get("retry_on_status")
        statuses = {"retry_on_status": (status,)} if isinstance(status, int) else {}
        try:
            with configuring(self.name, self.library.exceptions.ImproperlyConfigured):
                client = cls(**{"max_retries": _MAX_RETRIES, **options, **statuses})
        except self.root_error as error:
            raise self.translated(error) from error
        client.transport = _Transport(client.transport, self)
        return client

    def count_nodes(self, client: Any) -> int:
        """Return how many nodes a client knows."""
        return len(client.transport.connection_pool.connection_opts)

    def send_request(
        self,
        client: Any,
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
        error: Exception = self.library.NotFoundError(HTTPStatus.NOT_FOUND.value, str(body), body)
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


class _Client:
    """What a client has in place of its own."""

    transport: Any

    def close(self) -> None:
        """Close the connections, as later clients do."""
        self.transport.close()


class _Transport:
    """A transport that raises djelme's errors: every request goes through here.

    Args:
        transport: the client's.
        backend: whom the requests are for.
    """

    def __init__(self, transport: Any, backend: ClassicBackend) -> None:
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
        except self._backend.root_error as error:
            raise self._backend.translated(error) from error

    def _ask(self, params: Mapping[str, Any] | None) -> Any:
        """Ask for the server's version, within the time that there is for a request."""
        options = {name: value for name, value in (params or {}).items() if name in _OPTIONS}
        try:
            return self._transport.perform_request("GET", VERSION_PATH, params=options)
        except self._backend.library.TransportError as error:
            if error.status_code in MAY_NOT_ASK:
                return None
            raise

    def once(self) -> _Transport:
        """Return one that repeats nothing: retries can't be set for one request."""
        transport = copy.copy(self._transport)  # shares the connections
        transport.max_retries = 0
        return _Transport(transport, self._backend)
