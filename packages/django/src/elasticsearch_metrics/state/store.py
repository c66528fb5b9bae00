"""Small documents about what djelme does, kept in a cluster.

Each one is changed only by somebody who knows its present version (optimistic concurrency), so that
two runners can't undo each other's work unnoticed.
"""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendRefusedError, IncompleteAnswerError
from djelme.timeparts import format_timestamp
from elasticsearch_metrics.state.index import is_missing
from elasticsearch_metrics.state.search import count, path_of, scroll, search

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from djelme.errors import DjelmeError
    from elasticsearch_metrics.backend.rest import RestBackend
    from elasticsearch_metrics.state.index import StateIndex
    from elasticsearch_metrics.state.kind import StateKind

__all__ = ("StateStore", "Stored")

_ATTEMPTS = 4
_REST = 0.1
_PAGE = 10_000
_SCROLL_PAGE = 1_000


@dataclass(frozen=True)
class Stored:
    """A document as it was found.

    Attributes:
        id: document id.
        kind: what it is about.
        state: its content.
        changed: when it was written, in UTC and ISO 8601.
        seq_no: with `primary_term`, its version.
        primary_term: see there.
    """

    id: str
    kind: str
    state: Mapping[str, Any]
    changed: str
    seq_no: int
    primary_term: int


class StateStore:
    """The documents about one subject, such as one migration.

    Args:
        home: the index that they are in.
        subject: name of what they are about.

    Attributes:
        home: see there.
        subject: see there.
        kind: the index's.
        backend: the cluster.
        index: name of the index.
    """

    def __init__(self, home: StateIndex, subject: str) -> None:
        self.home = home
        self.subject = subject
        self.kind: StateKind = home.kind
        self.backend: RestBackend = home.backend
        self.index = home.name

    def create_index(self) -> None:
        """Make the index for these documents, unless it is there."""
        self.home.make()

    def get(self, id: str = "", *, timeout: float | None = None) -> Stored | None:  # noqa: A002 - its name in Elasticsearch
        """Return a document as it is now, None if there is none.

        Args:
            id: the rest of its id, after the subject.
            timeout: how long to wait for the answer, in seconds.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                # By the index's own name: reading a document is right whatever its mapping is.
                answer = self.backend.request(
                    "GET", self._path(id, within=self.index), timeout=timeout
                )
            except BackendRefusedError as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    return None
                # An index that is being made can't be asked for a moment.
                if error.status != HTTPStatus.SERVICE_UNAVAILABLE or attempt == _ATTEMPTS:
                    raise
                time.sleep(_REST * attempt)
            else:
                if "_source" not in answer:
                    self.home.verify()  # says what is wrong
                return self._stored(answer)
        return None

    def get_many(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return the content of some documents as it is now, by the rest of their ids."""
        states = {}
        for at in range(0, len(ids), _SCROLL_PAGE):
            some = [f"{self.subject}{id}" for id in ids[at : at + _SCROLL_PAGE]]  # noqa: A001 - its name in Elasticsearch
            try:
                documents = self.backend.get_documents(self.index, some)
            except IncompleteAnswerError as error:
                if is_missing(error):
                    return {}
                raise
            for found in documents:
                if "_source" not in found:
                    self.home.verify()  # says what is wrong
                states[found["_id"][len(self.subject) :]] = found["_source"]["state"]
        return states

    def put(
        self,
        id: str,  # noqa: A002 - its name in Elasticsearch
        kind: str,
        state: Mapping[str, Any],
        *,
        instead_of: Stored | None,
    ) -> Stored:
        """Write a document and return it.

        Args:
            id: the rest of its id.
            kind: what it is about.
            state: its content.
            instead_of: what it replaces; None if there is none yet.

        Raises:
            djelme.errors.DjelmeError: the kind's ``conflict_error``, if somebody else has written
                it meanwhile.
        """
        params = (
            {"op_type": "create"}
            if instead_of is None
            else {
                "if_seq_no": str(instead_of.seq_no),
                "if_primary_term": str(instead_of.primary_term),
            }
        )
        return self._write(id, kind, state, params)

    def overwrite(self, id: str, kind: str, state: Mapping[str, Any]) -> Stored:  # noqa: A002 - its name in Elasticsearch
        """Write a document, whatever is there."""
        return self._write(id, kind, state, {})

    def _write(
        self,
        id: str,  # noqa: A002 - its name in Elasticsearch
        kind: str,
        state: Mapping[str, Any],
        params: Mapping[str, str],
    ) -> Stored:
        changed = format_timestamp(datetime.datetime.now(datetime.timezone.utc))
        body = {
            self.kind.subject: self.subject,
            "kind": kind,
            "changed": changed,
            "state": dict(state),
        }
        try:
            answer = self._change("PUT", id, params, body)
        except BackendRefusedError as error:
            if error.status == HTTPStatus.CONFLICT:
                raise self._conflict(id) from error
            raise
        return Stored(id, kind, state, changed, answer["_seq_no"], answer["_primary_term"])

    def delete(self, stored: Stored) -> None:
        """Delete a document.

        Raises:
            djelme.errors.DjelmeError: the kind's ``conflict_error``, if somebody else has changed
                it meanwhile.
        """
        params = {"if_seq_no": str(stored.seq_no), "if_primary_term": str(stored.primary_term)}
        try:
            self._change("DELETE", stored.id, params)
        except BackendRefusedError as error:
            if error.status == HTTPStatus.CONFLICT:
                raise self._conflict(stored.id) from error
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def find(self, kind: str) -> list[Stored]:
        """Return the documents of a kind, at most 10,000."""
        body = {"size": _PAGE, "seq_no_primary_term": True, "query": self._query(kind)}
        answer = self._ask(search, body)
        return [] if answer is None else [self._stored(hit) for hit in answer["hits"]["hits"]]

    def find_all(self, kind: str) -> list[Stored]:
        """Return all documents of a kind, however many there are."""
        body = {"seq_no_primary_term": True, "query": self._query(kind)}
        return [self._stored(hit) for hit in self._ask(_scroll_all, body) or ()]

    def find_ids(self, kind: str) -> list[str]:
        """Return the rest of the id of all documents of a kind, without reading them."""
        body = {"_source": False, "query": self._query(kind)}
        return [hit["_id"][len(self.subject) :] for hit in self._ask(_scroll_all, body) or ()]

    def count(self, kind: str) -> int:
        """Return how many documents of a kind there are."""
        return self._ask(count, self._query(kind)) or 0

    def _ask(self, ask: Callable[..., Any], body: Mapping[str, Any]) -> Any:
        """Return the answer to a search; None if there is no index."""
        self.backend.refresh([self.home.alias])
        try:
            return ask(self.backend, [self.home.alias], body)
        except BackendRefusedError as error:
            if not is_missing(error):
                raise
        if not self.home.verify():
            return None
        self.backend.refresh([self.home.alias])
        return ask(self.backend, [self.home.alias], body)

    def _change(
        self,
        method: str,
        id: str,  # noqa: A002 - its name in Elasticsearch
        params: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the answer to a request that changes a document."""
        path = self._path(id, within=self.home.alias)
        try:
            return self.backend.request(method, path, params=params, body=body)
        except BackendRefusedError as error:
            if not is_missing(error):
                raise
        if not self.home.verify():
            raise self.missing()
        return self.backend.request(method, path, params=params, body=body)

    def missing(self) -> DjelmeError:
        """Return the error for state that isn't there, which is to be changed."""
        return self.fault(self.kind.error, "nothing was begun")

    def fault(self, error: type[Any], message: str, **details: str) -> DjelmeError:
        """Return an error about what the documents are about."""
        made: DjelmeError = error(message, **{self.kind.subject: self.subject}, **details)
        return made

    def _query(self, kind: str) -> dict[str, Any]:
        filters = [{"term": {self.kind.subject: self.subject}}, {"term": {"kind": kind}}]
        return {"bool": {"filter": filters}}

    def _path(self, id: str, *, within: str) -> str:  # noqa: A002 - its name in Elasticsearch
        return path_of(within, self.backend.features.document_type, f"{self.subject}{id}")

    def _stored(self, hit: Mapping[str, Any]) -> Stored:
        source = hit["_source"]
        return Stored(
            hit["_id"][len(self.subject) :],
            source["kind"],
            source["state"],
            source["changed"],
            hit["_seq_no"],
            hit["_primary_term"],
        )

    def _conflict(self, id: str) -> DjelmeError:  # noqa: A002 - its name in Elasticsearch
        what = f"its state{id}" if id else "its state"
        msg = f"{what} was changed by somebody else at the same moment; run the command again"
        return self.fault(self.kind.conflict_error, msg)


def _scroll_all(
    backend: RestBackend, expressions: Sequence[str], body: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    pages = scroll(backend, expressions, body, page_size=_SCROLL_PAGE)
    return [hit for page in pages for hit in page]
