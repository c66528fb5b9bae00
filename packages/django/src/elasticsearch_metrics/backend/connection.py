"""How a cluster is asked: by requests that the client of an imp carries.

It is long, as requests with and without an event loop stand side by side.
"""

from __future__ import annotations

import asyncio
import time
import warnings
from abc import abstractmethod
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from djelme.errors import (
    BackendRefusedError,
    BackendUnreachableError,
    ConfigurationError,
    IncompleteAnswerError,
)
from elasticsearch_metrics.backend.client_error import joined as joined_error
from elasticsearch_metrics.backend.client_holder import AsyncClientHolder, ClientHolder
from elasticsearch_metrics.backend.client_option import check_client_options
from elasticsearch_metrics.backend.completeness import unavailable_shards
from elasticsearch_metrics.backend.deadline import allowed_time, deadline
from elasticsearch_metrics.backend.option import check_option_names, split_options
from elasticsearch_metrics.backend.published import PublishedBackend
from elasticsearch_metrics.backend.server_version import (
    VERSION_PATH,
    product_of,
    require_supported,
    version_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typing_extensions import Self

    from djelme.errors import RecordNotFoundError
    from elasticsearch_metrics.backend.features import Features

__all__ = ("IGNORE_MISSING", "LINED", "RestConnection", "joined", "quoted")

#: How many nodes are asked, one after the other, when the time for an answer is bounded.
_NODES_ASKED = 3
#: How long a request is given at least, in seconds.
_LEAST_TIMEOUT = 0.001
#: How the paths of requests end that only read, whatever their method.
_READING = ("/_search", "/_count", "/_mget", "/_msearch")
#: How the paths of requests end whose body is lines of JSON.
LINED = ("/_bulk", "/_msearch")
#: What clients of all versions wait by default, in seconds.
_CLIENT_TIMEOUT = 10.0
#: An index that is being made has no active shards for a moment.
_LOOKS = 6
_PAUSE = 0.2
#: Parameters of requests about patterns that may match nothing.
IGNORE_MISSING = {"ignore_unavailable": "true", "allow_no_indices": "true"}


def quoted(name: str) -> str:
    """Return the name of an index, or names and patterns, as part of a path."""
    return quote(name, safe="*,-.")


def joined(expressions: Iterable[str]) -> str:
    """Return names and patterns of indexes as one part of a path."""
    return quoted(",".join(expressions))


def _left(end: float) -> float:
    """Return the seconds until a moment; never none at all, which would mean no bound."""
    return max(end - time.monotonic(), _LEAST_TIMEOUT)


class RestConnection(PublishedBackend):
    """A cluster that can be asked by HTTP, and the clients for it.

    Args:
        name: key in ``DJELME_BACKENDS``.
        options: the client's, and djelme's own.
    """

    #: What the imp's servers can do.
    features: ClassVar[Features]

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        own, client_options = split_options(name, options)
        super().__init__(name, **own)
        check_client_options(name, client_options)
        self._client_options = client_options
        #: Whether the server's version isn't known yet.
        self.is_unmet = True
        timeout = client_options.get("request_timeout", client_options.get("timeout"))
        #: How long requests may take by the client's options, in seconds.
        self.own_timeout = timeout if isinstance(timeout, (int, float)) else _CLIENT_TIMEOUT
        self._holder = ClientHolder(name, lambda: self.make_client(client_options))
        self._async_holder = AsyncClientHolder(lambda: self.make_async_client(client_options))

    @classmethod
    def make(cls, backend_name: str, imp_kwargs: Mapping[str, Any]) -> Self:
        """Make a backend without connecting to it; what an imp offers as `djelme_backend`.

        Args:
            backend_name: key in ``DJELME_BACKENDS``.
            imp_kwargs: keyword arguments of the client, and djelme's own.

        Raises:
            djelme.errors.ConfigurationError: if an option is unknown or wrong.
        """
        check_option_names(backend_name, imp_kwargs, cls.option_names(imp_kwargs))
        return cls(backend_name, imp_kwargs)

    @classmethod
    def djelme_option_names(cls) -> frozenset[str]:
        """Return the names of the options that the client takes; offered by an imp, too."""
        return cls.option_names({})

    @classmethod
    @abstractmethod
    def option_names(cls, options: Mapping[str, Any]) -> frozenset[str]:
        """Return the names of the options that the client takes.

        Args:
            options: those that are set; they may choose classes that take further ones.
        """

    @abstractmethod
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
        """Send one request by a client and return the parsed answer; see `request`."""

    @abstractmethod
    def count_nodes(self, client: Any) -> int:
        """Return how many nodes a client knows."""

    @abstractmethod
    def make_client(self, options: Mapping[str, Any]) -> Any:
        """Return a client, which connects when it is first used.

        Raises:
            djelme.errors.ConfigurationError: if the client refuses the options.
        """

    def check_client(self) -> None:
        """Make a client and close it, without connecting.

        Raises:
            djelme.errors.ConfigurationError: if the client refuses its options.
        """
        options = dict(self._client_options)
        if options.pop("sniff_on_start", False):
            options[self.features.sniffing_option] = True  # what goes with sniffing stays allowed
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they come when the client is made for use
            self.make_client(options).close()

    def make_async_client(self, options: Mapping[str, Any]) -> Any:  # noqa: ARG002 - for imps
        """Return an asynchronous client, which connects when it is first used.

        Raises:
            djelme.errors.ConfigurationError: if there is none, or if it refuses the options.
        """
        msg = f"backend {self.name!r}: the client of its imp is not asynchronous"
        raise ConfigurationError(msg)

    @property
    def client(self) -> Any:
        """The client of this process."""
        return self._holder.get()

    @property
    def async_client(self) -> Any:
        """The client of the running event loop; it is closed together with the loop.

        Raises:
            djelme.errors.ConfigurationError: if there is none, or if it refuses the options.
            RuntimeError: if no loop is running.
        """
        return self._async_holder.get()

    def close(self) -> None:
        """Close connections; the next use opens new ones."""
        self._holder.close()
        self.is_unmet = True

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Send one request and return the parsed answer.

        Args:
            method: of HTTP.
            path: with its parts quoted.
            params: of the URL.
            body: JSON; bytes are sent as they are, in lines if the path is one of `LINED`.
            timeout: in seconds; None for the client's own.

        Raises:
            djelme.errors.BackendUnreachableError: if no answer comes.
            djelme.errors.BackendRefusedError: if the answer is an error.
        """
        if deadline.get() is not None:
            timeout = allowed_time(self.name, timeout)
        try:
            return self._send(method, path, timeout, params=params, body=body)
        except BackendRefusedError as error:
            if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                # The server may take the rest of the body for another request, and its answer to
                # that would be taken for the answer to whatever is sent next on the connection.
                self._holder.forget()
            raise

    def _send(
        self,
        method: str,
        path: str,
        timeout: float | None,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | Mapping[str, Any] | None = None,
    ) -> Any:
        """Send a request, within a time to several nodes: one that is away isn't the cluster.

        What doesn't only read is sent once; without a bound, the client tries again by itself.
        """
        client = self.client
        send = partial(self.send_request, client, method, path, params=params, body=body)
        if timeout is None or not (method == "GET" or path.endswith(_READING)):
            return send(timeout=timeout)
        end = time.monotonic() + timeout
        if self.is_unmet and path != VERSION_PATH:
            # By itself, so that each node has its chance to answer it.
            with suppress(BackendRefusedError):
                self._send("GET", VERSION_PATH, timeout)
        for others in range(min(self.count_nodes(client), _NODES_ASKED) - 1, 0, -1):
            with suppress(BackendUnreachableError):
                return send(timeout=_left(end) / (others + 1))
        return send(timeout=_left(end))

    @abstractmethod
    def missing(self, document_id: str) -> Exception:
        """Return the error that the client raises for a document that isn't there."""

    def not_found(self, error: RecordNotFoundError) -> RecordNotFoundError:
        """Return the error for a missing record as one that is the client's, too."""
        client_error = self.missing(error.id)
        both = joined_error(error, client_error)
        both.__cause__ = client_error
        return both

    def require_available(self, expressions: Iterable[str]) -> None:
        """Check that all primary shards of the indexes that there are can be read.

        Indexes are deleted from only after this, since what can't be read can't be judged.

        Args:
            expressions: names and patterns; those that match nothing are no error.

        Raises:
            djelme.errors.IncompleteAnswerError: if one isn't assigned to a node, or not started.
        """
        path = f"/_cluster/state/routing_table/{joined(expressions)}"
        wanted = ",".join(f"routing_table.indices.*.shards.*.{it}" for it in ("primary", "state"))
        params = {**IGNORE_MISSING, "expand_wildcards": "open,closed", "filter_path": wanted}
        for look in range(1, _LOOKS + 1):
            answer = self.request("GET", path, params=params)
            away = unavailable_shards(answer.get("routing_table", {}).get("indices", {}))
            if not away:
                return
            if look < _LOOKS:
                time.sleep(_PAUSE * look)
        which = "; ".join(f"{index}: {', '.join(numbers)}" for index, numbers in away.items())
        reason = f"primary shards that are on no node or not started: {which}"
        raise IncompleteAnswerError(backend=self.name, indexes=list(away), reason=reason)

    def server_version(self, *, timeout: float) -> str:
        """Return the version of the server, such as ``8.19.3``."""
        return version_of(self.request("GET", VERSION_PATH, timeout=timeout))

    def meet(self, answer: Mapping[str, Any] | None) -> None:
        """Compare the server's version with those that the imp is for, at the first contact.

        Args:
            answer: to `VERSION_PATH`; None if this client may not know it, as then it goes on.

        Raises:
            djelme.errors.BackendVersionError: if the imp isn't for it.
        """
        if answer is not None and "nodes" in answer:
            product = product_of(answer)
            require_supported(self.name, self.features, version_of(answer), product=product)
        self.is_unmet = False

    async def arequest(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Do the same as `request` without blocking the event loop.

        In a thread, unless the imp has an asynchronous client.
        """
        return await asyncio.to_thread(
            self.request, method, path, params=params, body=body, timeout=timeout
        )

    def found_or_none(
        self, path: str, *, method: str = "GET", body: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the answer to a request, None where there is nothing at its path."""
        try:
            return self.request(method, path, body=body)
        except BackendRefusedError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
