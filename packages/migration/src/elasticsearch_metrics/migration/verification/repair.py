"""Write to the target only if nobody else has written meanwhile."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from djelme.operation import Operation
from elasticsearch_metrics.backend.answer import reason_of
from elasticsearch_metrics.state.search import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elasticsearch_metrics.backend.rest import RestBackend
    from elasticsearch_metrics.migration.document.reader import Read

__all__ = ("Repair", "repair_all")

_FIRST_ERROR = 400
_AT_ONCE = 500


@dataclass(frozen=True)
class Repair:
    """One change.

    Attributes:
        operation: what should be there; None if nothing should.
        instead_of: what was found there; None if nothing was.
    """

    operation: Operation | None
    instead_of: Read | None

    @property
    def lines(self) -> bytes:
        """What a bulk request has for it."""
        if self.instead_of is None:
            if self.operation is None:
                return b""
            made = self.operation
            return Operation(made.index, made.id, made.source, create=True).lines
        found = self.instead_of
        action = {
            "_index": found.index,
            "_id": found.id,
            "if_seq_no": found.seq_no,
            "if_primary_term": found.primary_term,
        }
        if self.operation is None:
            return json.dumps({"delete": action}).encode() + b"\n"
        return json.dumps({"index": action}).encode() + b"\n" + self.operation.source + b"\n"


def repair_all(backend: RestBackend, repairs: Sequence[Repair]) -> list[str | None]:
    """Make changes; return for each one None or the reason why it was refused.

    What somebody else has changed meanwhile stays as it is and counts as done: the next comparison
    will compare it again.

    Raises:
        djelme.errors.BackendError: if the cluster doesn't take the request.
    """
    reasons: list[str | None] = []
    for start in range(0, len(repairs), _AT_ONCE):
        some = repairs[start : start + _AT_ONCE]
        index = _index_of(some[0])
        typed = (index, backend.features.document_type) if backend.features.typed_paths else ()
        path = path_of(*typed, "_bulk")
        answer = backend.request(
            "POST",
            path,
            params={"filter_path": "items.*.status,items.*.error"},
            body=b"".join(repair.lines for repair in some),
        )
        for item in answer["items"]:
            (result,) = item.values()
            reasons.append(_reason(result))
    return reasons


def _index_of(repair: Repair) -> str:
    place: Any = repair.operation if repair.instead_of is None else repair.instead_of
    name: str = place.index
    return name


def _reason(result: Any) -> str | None:
    status = result["status"]
    if status < _FIRST_ERROR or status in {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}:
        return None
    return reason_of(result.get("error"))
