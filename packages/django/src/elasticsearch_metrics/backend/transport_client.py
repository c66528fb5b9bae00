"""The clients that Elastic has made since version 8: elasticsearch8, elasticsearch9.

They are alike in everything that djelme asks of them, so an imp only names their classes.
"""

from __future__ import annotations

import inspect
from http import HTTPStatus
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from djelme.errors import BackendError, BackendRefusedError, BackendUnreachableError
from elasticsearch_metrics.backend.answer import reason_of
from elasticsearch_metrics.backend.client_error import configuring, joined, unreachable
from elasticsearch_metrics.backend.composable_template import ComposableTemplates
from elasticsearch_metrics.backend.connection import LINED
from elasticsearch_metrics.backend.record_fault import is_repairable
from elasticsearch_metrics.backend.server_version import MAY_NOT_ASK, VERSION_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("TransportBackend",)

_JSON = {"Accept": "application/json", "Content-Type": "application/json"}
_LINES = {"Accept": "application/json", "Content-Type": "application/x-ndjson"}
#: To JSON these clients add their own version, and a server of another one refuses to answer.
_ANY = {"Accept": "*/*"}
#: What belongs to an error that no answer was.
_MISSING = SimpleNamespace(status=HTTPStatus.NOT_FOUND.value, headers={}, duration=0.0)


class TransportBackend(ComposableTemplates):
    """A cluster, asked by a client whose transport is Elastic's own.

    Attributes:
        library: the client's module.
        client_errors: what its requests raise.
    """

    library: Any
    client_errors: ClassVar[tuple[type[Exception], ...]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.client_errors = (cls.library.ApiError, cls.library.TransportError)

    @classmethod
    def option_names(cls, options: Mapping[str, Any]) -> frozenset[str]:  # noqa: ARG003
        """Return the names of the options that the client takes."""
        names = inspect.signature(cls.library.Elasticsearch.__init__).parameters
        return frozenset(name for name in names if name != "self" and not name.startswith("_"))

    def make_client(self, options: Mapping[str, Any]) -> Any:
        """Return a client; it connects when it is first used, unless ``sniff_on_start`` is set."""
        cls = _adapted(_Client, self.library.Elasticsearch, self)
        try:
            with configuring(self.name):
                return cls(**options)
        except self.library.TransportError as error:
            raise self.translated(error) from error

    def make_async_client(self, options: Mapping[str, Any]) -> Any:
        """Return an asynchronous client; it connects when it is first used.

        Raises:
            djelme.errors.ConfigurationError: if the client refuses the options, or if there is no
                library for asynchronous HTTP, which the extra ``async`` brings.
        """
        with configuring(self.name):
            return _adapted(_AsyncClient, self.library.AsyncElasticsearch, self)(**options)

    def count_nodes(self, client: Any) -> int:
        """Return how many nodes a client knows."""
        return len(client.transport.node_pool)

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
        client, headers = _prepared(client, path, timeout)
        return client.perform_request(method, path, params=params, headers=headers, body=body).body

    async def arequest(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Send one request on the running event loop and return the parsed answer."""
        client, headers = _prepared(self.async_client, path, timeout)
        answer = await client.perform_request(
            method, path, params=params, headers=headers, body=body
        )
        return answer.body

    def missing(self, document_id: str) -> Exception:
        """Return the error that the client raises for a document that isn't there."""
        body = {"_id": document_id, "found": False}
        error: Exception = self.library.NotFoundError(str(body), meta=_MISSING, body=body)
        return error

    def translated(self, error: Any) -> BackendError:
        """Return djelme's error for one of the client's."""
        if isinstance(error, self.library.UnsupportedProductError):
            reason = "the server is not Elasticsearch (a proxy, or another product)"
            return joined(BackendUnreachableError(backend=self.name, reason=reason), error)
        if isinstance(error, self.library.ApiError):
            body = error.body
            status = error.meta.status
            refused = BackendRefusedError(
                backend=self.name,
                status=status,
                reason=reason_of(body.get("error", body) if isinstance(body, dict) else body),
                waits=is_repairable(status, body, self.features.record_faults),
            )
            return joined(refused, error)
        return joined(unreachable(self.name, error), error)


def _prepared(client: Any, path: str, timeout: float | None) -> tuple[Any, Mapping[str, str]]:
    """Return a client that keeps to a time-out, and the headers for a request."""
    if timeout is not None:
        client = client.options(request_timeout=timeout, max_retries=0)
    return client, _LINES if path.endswith(LINED) else _JSON


def _adapted(adapter: type[Any], client_class: type[Any], backend: TransportBackend) -> Any:
    """Return a class of clients that raises djelme's errors, and knows whom they are for."""
    return type(client_class.__name__, (adapter, client_class), {"djelme_backend": backend})


def _answer_with(error: Any, backend: TransportBackend) -> Any:
    """Return what a server says of its version by an error; None if it doesn't tell this user.

    Raises:
        Exception: the client's error, if the server would answer nothing else otherwise.
    """
    if isinstance(error, backend.library.UnsupportedProductError) and isinstance(error.body, dict):
        return error.body
    if error.meta.status in MAY_NOT_ASK:
        return None
    raise error


class _Client:
    """What a client has in place of its own: every request goes through here."""

    djelme_backend: ClassVar[TransportBackend]

    def perform_request(self, method: str, path: str, **request: Any) -> Any:
        backend = self.djelme_backend
        send = super().perform_request  # type: ignore[misc] # the client's
        try:
            if backend.is_unmet:
                try:
                    version = send("GET", VERSION_PATH, headers=_ANY)
                except backend.library.ApiError as error:
                    backend.meet(_answer_with(error, backend))
                else:
                    backend.meet(version.body)
                    if path == VERSION_PATH:
                        return version
            return send(method, path, **request)
        except backend.client_errors as error:
            if isinstance(error, BackendError):
                raise
            raise backend.translated(error) from error


class _AsyncClient:
    """The same for an asynchronous client."""

    djelme_backend: ClassVar[TransportBackend]

    async def perform_request(self, method: str, path: str, **request: Any) -> Any:
        backend = self.djelme_backend
        send = super().perform_request  # type: ignore[misc] # the client's
        try:
            if backend.is_unmet:
                try:
                    version = await send("GET", VERSION_PATH, headers=_ANY)
                except backend.library.ApiError as error:
                    backend.meet(_answer_with(error, backend))
                else:
                    backend.meet(version.body)
                    if path == VERSION_PATH:
                        return version
            return await send(method, path, **request)
        except backend.client_errors as error:
            if isinstance(error, BackendError):
                raise
            raise backend.translated(error) from error
