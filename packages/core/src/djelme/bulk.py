"""What is sent in a bulk, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ("BulkFailure", "BulkResult", "Operation", "Outcome")


@dataclass(frozen=True)
class Operation:
    """One document on its way to a backend.

    Attributes:
        index: name of the index.
        id: document id.
        source: the document as UTF-8 encoded JSON on one line, without line ending.
        create: True to store it unless the id is there already, False to replace what is there.
    """

    index: str
    id: str
    source: bytes
    create: bool = True


@dataclass(frozen=True)
class Outcome:
    """What the server answered for one operation.

    Attributes:
        status: HTTP status code of the operation.
        reason: the server's reason where the operation failed, else None.
        created: True if the document is new, False if its id was there already.
    """

    status: int
    reason: str | None = None
    created: bool = True


@dataclass(frozen=True)
class BulkFailure:
    """A record that was not stored.

    Attributes:
        record: the record as it was given: a dict of fields or an instance.
        reason: why, in the words of the validation or of the server.
        status: the server's HTTP status, None where the record was never sent.
    """

    record: Any
    reason: str
    status: int | None = None


@dataclass
class BulkResult:
    """Counts of a bulk.

    Attributes:
        created: documents that are new.
        existing: documents whose id was there already (stored earlier, or replaced).
        failed: records that were not stored, each with its reason.
    """

    created: int = 0
    existing: int = 0
    failed: list[BulkFailure] = field(default_factory=list)

    @property
    def stored(self) -> int:
        """Number of records that are in the backend."""
        return self.created + self.existing
