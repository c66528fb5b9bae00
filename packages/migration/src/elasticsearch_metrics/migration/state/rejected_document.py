"""Documents that the target can't have, each with the reason: the dead letters of a migration.

Only place and reason are kept; the document itself is in the source.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.migration.state.state import now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elasticsearch_metrics.migration.state.store import StateStore
    from elasticsearch_metrics.state.store import Stored

__all__ = ("RejectedDocument", "RejectedDocuments")

_KIND = "refused"
_REASON_MAX = 500
_HASH_BYTES = 12


@dataclass(frozen=True)
class RejectedDocument:
    """A document of the source that can't be copied.

    Attributes:
        index: name of its index.
        id: its document id.
        reason: why, in words of the validation, of ``convert`` or of the target's cluster.
    """

    index: str
    id: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {"index": self.index, "id": self.id, "reason": self.reason}


class RejectedDocuments:
    """The rejected documents of one migration.

    Args:
        store: where they are kept.
    """

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def all(self) -> list[RejectedDocument]:
        """Return all of them, at most 10,000."""
        return [_read(stored) for stored in self._store.find(_KIND)]

    def count(self) -> int:
        """Return how many there are."""
        return self._store.count(_KIND)

    def add(self, rejected: Iterable[RejectedDocument]) -> None:
        """Keep documents that were rejected; those that are known get the new reason."""
        for document in rejected:
            state = {**document.to_dict(), "reason": document.reason[:_REASON_MAX], "at": now()}
            self._store.overwrite(_id(document), _KIND, state)

    def remove(self, rejected: Iterable[RejectedDocument]) -> None:
        """Forget documents that are copied now, or gone."""
        for document in rejected:
            stored = self._store.get(_id(document))
            if stored is not None:
                self._store.delete(stored)


def _read(stored: Stored) -> RejectedDocument:
    return RejectedDocument(stored.state["index"], stored.state["id"], stored.state["reason"])


def _id(document: RejectedDocument) -> str:
    # Names and ids may be longer together than an id can be.
    text = f"{document.index}\n{document.id}".encode()
    return f":refused:{hashlib.blake2b(text, digest_size=_HASH_BYTES).hexdigest()}"
