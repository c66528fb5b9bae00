"""What djelme asks of Elasticsearch, in the requests that every supported version understands.

Only the common subset is used, so it works with any distribution. An imp adds the client that
carries the requests, and what differs between versions.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
from abc import abstractmethod
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from djelme.bulk import Outcome
from djelme.contracts import Aggregated, Backend, IndexStatus
from djelme.errors import BackendRefusedError, ConfigurationError
from elasticsearch_metrics.async_client import AsyncClientHolder
from elasticsearch_metrics.backend_option import split_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from djelme.bulk import Operation

__all__ = ("ClientHolder", "RestBackend", "incompleteness", "reason_of")

_CONFLICT = 409
_NOT_FOUND = 404
_FIRST_ERROR = 400
_BUSY = 429
_FORBIDDEN = 403
#: An index that takes nothing, as when the disk is nearly full. Since 7.8 it gets the status of a
#: server that is busy, which it isn't: others go on.
_BLOCKED = "cluster_block_exception"
_OK = 200
_CREATED = 201
#: Names of indexes in one request, when they are exact: far below what its first line may hold.
_NAMES_AT_ONCE = 10
#: How errors about shards quote the request.
_REQUEST = re.compile(r"[,:]? *request: *(?:\[|BulkShardRequest).*", re.DOTALL)
_LENIENT = {"ignore_unavailable": "true", "allow_no_indices": "true"}


class ClientHolder:
    """Makes a client when it is first needed, in each process anew.

    Connections that a child process inherited would mix up answers.

    Args:
        make: makes a client without connecting.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._client: Any = None
        self._pid = 0
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew_lock)

    def get(self) -> Any:
        """Return the client of this process."""
        if self._client is None or self._pid != os.getpid():
            with self._lock:
                if self._client is None or self._pid != os.getpid():
                    self._client = self._make()
                    self._pid = os.getpid()
        return self._client

    def close(self) -> None:
        """Close the client's connections; the next use makes another client."""
        with self._lock:
            client, self._client = self._client, None
            if client is not None and self._pid == os.getpid():
                client.close()

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()


class RestBackend(Backend):
    """A cluster, asked by HTTP.

    Args:
        name: key in ``DJELME_BACKENDS``.
        options: the client's, and djelme's own.
    """

    #: The mapping type in the URLs of documents.
    document_type = "_doc"
    #: Where the index templates are.
    template_path = "/_index_template"
    #: Whether a search can be told to stop counting its hits at a number.
    counts_partly = True

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        own, client_options = split_options(name, options)
        super().__init__(name, **own)
        self._holder = ClientHolder(lambda: self.make_client(client_options))
        self._async_holder = AsyncClientHolder(lambda: self.make_async_client(client_options))

    @abstractmethod
    def make_client(self, options: Mapping[str, Any]) -> Any:
        """Return a client, which connects when it is first used.

        Raises:
            djelme.errors.ConfigurationError: if the client refuses the options.
        """

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

    @abstractmethod
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
            body: JSON; bytes are sent as they are, in lines if the path is a bulk's.
            timeout: in seconds; None for the client's own.

        Raises:
            djelme.errors.BackendUnreachableError: if no answer comes.
            djelme.errors.BackendRefusedError: if the answer is an error.
        """

    def server_version(self, *, timeout: float) -> str:
        """Return the version of the server, such as ``8.19.3``."""
        answer = self.request("GET", "/_nodes/_local/http", timeout=timeout)
        (node,) = answer["nodes"].values()
        version: str = node["version"]
        return version

    async def arequest(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | Mapping[str, Any] | None = None,
    ) -> Any:
        """Do the same as `request` without blocking the event loop.

        In a thread, unless the imp has an asynchronous client.
        """
        return await asyncio.to_thread(self.request, method, path, params=params, body=body)

    def store(self, operation: Operation) -> Outcome:
        """Store one document; return when the cluster has it."""
        try:
            answer = self.request(**self._storing(operation))
        except BackendRefusedError as error:
            return _stored_earlier(operation, error)
        return _stored(answer)

    async def astore(self, operation: Operation) -> Outcome:
        """Do the same as `store` without blocking the event loop."""
        try:
            answer = await self.arequest(**self._storing(operation))
        except BackendRefusedError as error:
            return _stored_earlier(operation, error)
        return _stored(answer)

    def _storing(self, operation: Operation) -> dict[str, Any]:
        index, document_id = _quoted(operation.index), quote(operation.id, safe="")
        return {
            "method": "PUT",
            "path": f"/{index}/{self.document_type}/{document_id}",
            "params": _storing_params(operation),
            "body": operation.source,
        }

    def store_many(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Store documents in one request; return one outcome each, in the same order."""
        if not operations:
            return []
        return _outcomes(operations, self.request(**self._storing_many(operations)))

    async def astore_many(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Do the same as `store_many` without blocking the event loop."""
        if not operations:
            return []
        return _outcomes(operations, await self.arequest(**self._storing_many(operations)))

    def _storing_many(self, operations: Sequence[Operation]) -> dict[str, Any]:
        # Each line names its own index; the path lets version 6 know the mapping type.
        index = _quoted(operations[0].index)
        typed = self.document_type != "_doc"
        return {
            "method": "POST",
            "path": f"/{index}/{self.document_type}/_bulk" if typed else "/_bulk",
            "params": {"filter_path": "errors,items.*.status,items.*.error"},
            "body": b"".join([operation.lines for operation in operations]),
        }

    def get_document(
        self,
        expressions: Sequence[str],
        id: str,  # noqa: A002 - its name in Elasticsearch
        *,
        realtime: bool,
        doc_values: Sequence[object] = (),
    ) -> Mapping[str, Any] | None:
        """Return a hit for a document id, None if there is none."""
        if realtime and doc_values:
            self.refresh(expressions)  # only a search gives doc values
        elif realtime:
            path = f"/{_quoted(expressions[0])}/{self.document_type}/{quote(id, safe='')}"
            try:
                document: Mapping[str, Any] = self.request("GET", path)
            except BackendRefusedError as error:
                if error.status == _NOT_FOUND:
                    return None
                raise
            return document
        answer = self.request(
            "POST",
            f"/{_joined(expressions)}/_search",
            params=_LENIENT,
            body={
                "size": 1,
                "query": {"ids": {"values": [id]}},
                **({"docvalue_fields": doc_values} if doc_values else {}),
            },
        )
        hits: list[Mapping[str, Any]] = answer["hits"]["hits"]
        return hits[0] if hits else None

    def aggregate(
        self,
        expressions: Sequence[str],
        aggregations: Mapping[str, Any],
        *,
        query: Mapping[str, Any] | None = None,
        exact: bool = False,
        timeout: float | None = None,
    ) -> Aggregated:
        """Count documents, and aggregate them, in one search that returns none of them."""
        answer = self.request(
            "POST",
            f"/{_joined(expressions)}/_search",
            params={} if exact else _LENIENT,
            body={
                "size": 0,
                "track_total_hits": True,
                **({"query": query} if query else {}),
                **({"aggs": aggregations} if aggregations else {}),
            },
            timeout=timeout,
        )
        total = answer["hits"]["total"]
        return Aggregated(
            total["value"] if isinstance(total, dict) else total,
            answer.get("aggregations", {}),
            incompleteness(answer),
        )

    def get_documents(self, index: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """Return hits for some document ids of one index, as soon as they are stored."""
        path = f"/{_quoted(index)}{self._typed_path}/_mget"
        try:
            answer = self.request("POST", path, body={"ids": list(ids)})
        except BackendRefusedError as error:
            if error.status == _NOT_FOUND:
                return []
            raise
        return [document for document in answer["docs"] if document.get("found")]

    def delete_documents(self, hits: Sequence[Mapping[str, Any]]) -> int:
        """Delete documents, unless they were changed since; return how many were deleted."""
        if not hits:
            return 0
        lines = [json.dumps({"delete": self._deletion(hit)}) for hit in hits]
        answer = self.request(
            "POST",
            "/_bulk",
            params={"filter_path": "items.*.status"},
            body="".join(f"{line}\n" for line in lines).encode(),
        )
        return sum(item["delete"]["status"] == _OK for item in answer["items"])

    def _deletion(self, hit: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "_index": hit["_index"],
            "_id": hit["_id"],
            "if_seq_no": hit["_seq_no"],
            "if_primary_term": hit["_primary_term"],
            **({} if self.document_type == "_doc" else {"_type": self.document_type}),
        }

    @property
    def _typed_path(self) -> str:
        """The mapping type in paths that only old versions have it in."""
        return "" if self.document_type == "_doc" else f"/{self.document_type}"

    def get_mapping(self, index: str) -> Mapping[str, Any] | None:
        """Return the mapping of one index, None if it doesn't exist."""
        answer = self.found_or_none(f"/{_quoted(index)}/_mapping")
        if not answer:
            return None
        (found,) = answer.values()
        mapping: Mapping[str, Any] = found["mappings"].get(self.document_type, found["mappings"])
        return mapping

    def put_mapping(self, index: str, mapping: Mapping[str, Any]) -> None:
        """Add fields to the mapping of one index."""
        self.request("PUT", f"/{_quoted(index)}/_mapping{self._typed_path}", body=mapping)

    def put_template(self, name: str, body: Mapping[str, Any]) -> None:
        """Create or replace an index template."""
        self.request("PUT", f"{self.template_path}/{name}", body=body)

    def delete_template(self, name: str) -> None:
        """Delete an index template; one that doesn't exist is no error."""
        if self.get_template(name) is not None:
            self.request("DELETE", f"{self.template_path}/{name}")

    def refresh(self, expressions: Iterable[str]) -> None:
        """Make what was stored visible to searches, in indexes named by names and patterns."""
        self.request("POST", f"/{_joined(expressions)}/_refresh", params=_LENIENT)

    def list_indexes(self, expressions: Iterable[str]) -> list[IndexStatus]:
        """Return the existing indexes that patterns match, ordered by name."""
        rows = self.request(
            "GET",
            f"/_cat/indices/{_joined(expressions)}",
            params={
                "format": "json",
                "bytes": "b",
                "h": "index,pri,docs.count,pri.store.size",
                "s": "index",
            },
        )
        # A closed index, or one whose shards are away, has no numbers.
        return [
            IndexStatus(
                row["index"],
                int(row["docs.count"] or 0),
                int(row["pri.store.size"] or 0),
                int(row["pri"] or 0),
            )
            for row in rows
        ]

    def delete_indexes(self, names: Sequence[str]) -> None:
        """Delete indexes by their exact names; names that don't exist are no error."""
        for name in names:
            if not name or set(name) & set("*,<>") or name.startswith(("_", "-")):
                msg = f"only exact names of indexes can be deleted, not {name!r}"
                raise ValueError(msg)
        for start in range(0, len(names), _NAMES_AT_ONCE):
            path = f"/{_joined(names[start : start + _NAMES_AT_ONCE])}"
            self.request("DELETE", path, params={"ignore_unavailable": "true"})

    def found_or_none(self, path: str) -> Any:
        """Return the answer to a GET request, None where there is nothing at its path."""
        try:
            return self.request("GET", path)
        except BackendRefusedError as error:
            if error.status == _NOT_FOUND:
                return None
            raise


def incompleteness(answer: Mapping[str, Any]) -> str:
    """Return why the answer to a search lacks some documents; empty if it lacks none."""
    shards = answer["_shards"]
    silent = shards["total"] - shards["successful"]  # failed ones, and those without any node
    if not silent:
        return "the search took too long" if answer.get("timed_out") else ""
    failures = shards.get("failures") or [{}]
    reason = reason_of(failures[0].get("reason", "they are on no node"))
    return f"{silent} of {shards['total']} shards gave no answer: {reason}"


def _storing_params(operation: Operation) -> dict[str, str]:
    if operation.create:
        return {"op_type": "create"}
    if operation.version is None:
        return {}
    return {"version": str(operation.version), "version_type": "external_gte"}


def _stored(answer: Mapping[str, Any]) -> Outcome:
    created = answer.get("result") == "created"
    return Outcome(_CREATED if created else _OK, created=created)


def _stored_earlier(operation: Operation, error: BackendRefusedError) -> Outcome:
    """Return the outcome of a document whose id is there already; other errors go on."""
    if operation.conflict_is_stored and error.status == _CONFLICT:
        return Outcome(_CONFLICT, created=False)
    raise error


def _outcomes(operations: Sequence[Operation], answer: Mapping[str, Any]) -> list[Outcome]:
    return [
        _outcome(next(iter(item.values())), operation)
        for item, operation in zip(answer["items"], operations, strict=True)
    ]


def _outcome(item: Mapping[str, Any], operation: Operation) -> Outcome:
    status: int = item["status"]
    if status < _FIRST_ERROR:
        return Outcome(status, None, status == _CREATED)
    if status == _CONFLICT and operation.conflict_is_stored:
        return Outcome(status, None, False)
    error = item.get("error")
    if status == _BUSY and isinstance(error, dict) and error.get("type") == _BLOCKED:
        status = _FORBIDDEN
    return Outcome(status, reason_of(error), False)


def reason_of(error: object) -> str:
    """Return what Elasticsearch says of an error, with the innermost cause.

    Without the request that some errors quote: it has the record's values, and reasons are logged.

    Args:
        error: a description of an error, or the body of an answer that has one.
    """
    if isinstance(error, dict) and "error" in error:
        error = error["error"]
    if not isinstance(error, dict):
        return str(error)
    reason = f"{error.get('type')}: {_REQUEST.sub('', str(error.get('reason')))}"
    cause = error.get("caused_by")
    return f"{reason} ({reason_of(cause)})" if isinstance(cause, dict) else reason


def _quoted(name: str) -> str:
    return quote(name, safe="*,-.")


def _joined(expressions: Iterable[str]) -> str:
    return _quoted(",".join(expressions))
