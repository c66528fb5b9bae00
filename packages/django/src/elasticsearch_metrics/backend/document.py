"""Requests about documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from djelme.contracts import Aggregated
from djelme.errors import BackendRefusedError
from djelme.operation import NEW_DOCUMENT, Outcome
from elasticsearch_metrics.backend.answer import reason_of
from elasticsearch_metrics.backend.completeness import (
    incompleteness,
    require_complete,
    require_read,
)
from elasticsearch_metrics.backend.connection import IGNORE_MISSING, RestConnection, joined, quoted
from elasticsearch_metrics.backend.outcome import (
    all_new,
    many_outcomes,
    refused_outcome,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from djelme.operation import Operation

__all__ = ("DocumentRequests",)

#: As all versions but old ones call it.
_CALENDAR_INTERVAL = "calendar_interval"
#: Bytes of a bulk for which a slow server gets another second to answer.
_BYTES_PER_SECOND = 100_000
#: What becomes of a document that replaces another one.
_OLD_DOCUMENT = Outcome(HTTPStatus.OK.value, created=False)
#: Deleted; not there any more; changed since.
_DELETED_OR_CHANGED = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT})
#: What a bulk answers: whether there are errors, and which; or what became of each document.
_ERRORS = "errors,items.*.error"
_OUTCOMES = "errors,items.*.status,items.*.error"


class DocumentRequests(RestConnection):
    """Stores, reads, counts and deletes documents."""

    def store(self, operation: Operation) -> Outcome:
        """Store one document; return when the cluster has it."""
        try:
            answer = self.request(**self._storing(operation))
        except BackendRefusedError as error:
            return refused_outcome(operation, error)
        return NEW_DOCUMENT if answer.get("result") == "created" else _OLD_DOCUMENT

    async def astore(self, operation: Operation) -> Outcome:
        """Do the same as `store` without blocking the event loop."""
        try:
            answer = await self.arequest(**self._storing(operation))
        except BackendRefusedError as error:
            return refused_outcome(operation, error)
        return NEW_DOCUMENT if answer.get("result") == "created" else _OLD_DOCUMENT

    def _storing(self, operation: Operation) -> dict[str, Any]:
        index, document_id = quoted(operation.index), quote(operation.id, safe="")
        return {
            "method": "PUT",
            "path": f"/{index}/{self.features.document_type}/{document_id}",
            "params": _storing_params(operation),
            "body": operation.source,
        }

    def store_many(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Store documents in one request; return one outcome each, in the same order.

        An answer about each document costs a tenth of the whole load, and nearly always it tells
        nothing: documents with new ids are created, or there is an error. So it is asked for only
        then, by sending the same again, which their ids make harmless.
        """
        if not operations:
            return []
        errors = None
        if all(operation.create for operation in operations):
            errors = self.request(**self._storing_many(operations, _ERRORS))
            if not errors["errors"]:
                return all_new(operations)
        answer = self.request(**self._storing_many(operations, _OUTCOMES))
        return many_outcomes(operations, answer, errors, record_faults=self.features.record_faults)

    async def astore_many(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Do the same as `store_many` without blocking the event loop."""
        if not operations:
            return []
        errors = None
        if all(operation.create for operation in operations):
            errors = await self.arequest(**self._storing_many(operations, _ERRORS))
            if not errors["errors"]:
                return all_new(operations)
        answer = await self.arequest(**self._storing_many(operations, _OUTCOMES))
        return many_outcomes(operations, answer, errors, record_faults=self.features.record_faults)

    def _storing_many(self, operations: Sequence[Operation], answered: str) -> dict[str, Any]:
        # Each line names its own index; the path lets version 6 know the mapping type.
        index = quoted(operations[0].index)
        kind = self.features.type_path
        body = b"".join([operation.lines for operation in operations])
        # With a time-out of its own the client repeats nothing, so that who sends can count it.
        return {
            "method": "POST",
            "path": f"/{index}{kind}/_bulk" if kind else "/_bulk",
            "params": {"filter_path": answered},
            "body": body,
            "timeout": self.own_timeout + len(body) / _BYTES_PER_SECOND,
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
            document: Mapping[str, Any] | None = self.found_or_none(
                f"/{quoted(expressions[0])}/{self.features.document_type}/{quote(id, safe='')}"
            )
            return document
        answer = self.request(
            "POST",
            f"/{joined(expressions)}/_search",
            params=IGNORE_MISSING,
            body={
                "size": 1,
                "query": {"ids": {"values": [id]}},
                **({"docvalue_fields": doc_values} if doc_values else {}),
            },
        )
        hits: list[Mapping[str, Any]] = answer["hits"]["hits"]
        if not hits:
            require_complete(self.name, expressions, answer)
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
            f"/{joined(expressions)}/_search",
            params={} if exact else IGNORE_MISSING,
            body={
                "size": 0,
                "track_total_hits": True,
                **({"query": query} if query else {}),
                **({"aggs": self._spoken(aggregations)} if aggregations else {}),
            },
            timeout=timeout,
        )
        total = answer["hits"]["total"]
        return Aggregated(
            total["value"] if isinstance(total, dict) else total,
            answer.get("aggregations", {}),
            incompleteness(answer),
        )

    def search_many(
        self, searches: Iterable[tuple[Sequence[str], Mapping[str, Any]]]
    ) -> list[Mapping[str, Any]]:
        """Return the answers to several searches, by one request, in their order.

        Indexes that aren't there are left out. A search that failed has an ``error`` instead.

        Args:
            searches: names and patterns of indexes, and bodies of requests.
        """
        lines = []
        for expressions, body in searches:
            header = {"index": list(expressions), "ignore_unavailable": True}
            lines += [json.dumps(header), json.dumps(self._spoken(body))]
        if not lines:
            return []
        sent = "".join(f"{line}\n" for line in lines).encode()
        answers: list[Mapping[str, Any]] = self.request("POST", "/_msearch", body=sent)["responses"]
        return answers

    def _spoken(self, aggregations: Any) -> Any:
        """Return aggregations with the server's own name for an interval of the calendar."""
        own = self.features.calendar_interval
        if own == _CALENDAR_INTERVAL or not isinstance(aggregations, Mapping):
            return aggregations
        return {
            own if name == _CALENDAR_INTERVAL else name: self._spoken(found)
            for name, found in aggregations.items()
        }

    def get_documents(self, index: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """Return hits for some document ids of one index, as soon as they are stored."""
        path = f"/{quoted(index)}{self.features.type_path}/_mget"
        answer = self.found_or_none(path, method="POST", body={"ids": list(ids)})
        documents = answer["docs"] if answer else []
        require_read(self.name, index, documents)
        return [document for document in documents if document.get("found")]

    def delete_documents(self, hits: Sequence[Mapping[str, Any]]) -> int:
        """Delete documents, unless they were changed since; return how many were deleted."""
        if not hits:
            return 0
        self.require_available(sorted({hit["_index"] for hit in hits}))
        lines = [json.dumps({"delete": self._deletion(hit)}) for hit in hits]
        answer = self.request(
            "POST",
            "/_bulk",
            params={"filter_path": "items.*.status,items.*.error"},
            body="".join(f"{line}\n" for line in lines).encode(),
        )
        results = [item["delete"] for item in answer["items"]]
        for result in results:
            if result["status"] not in _DELETED_OR_CHANGED:
                raise BackendRefusedError(
                    backend=self.name,
                    status=result["status"],
                    reason=reason_of(result.get("error")),
                )
        return sum(result["status"] == HTTPStatus.OK for result in results)

    def _deletion(self, hit: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "_index": hit["_index"],
            "_id": hit["_id"],
            "if_seq_no": hit["_seq_no"],
            "if_primary_term": hit["_primary_term"],
            **({"_type": self.features.document_type} if self.features.typed_paths else {}),
        }


def _storing_params(operation: Operation) -> dict[str, str]:
    if operation.create:
        return {"op_type": "create"}
    if operation.version is None:
        return {}
    return {"version": str(operation.version), "version_type": "external_gte"}
