"""What came of a bulk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ("BulkFailure", "BulkResult")


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
        existing: documents whose id was there before the bulk (stored earlier, or replaced). Only
            for ids that the bulk didn't make itself it can't be known after a lost answer whether
            it stored them; those count here, too.
        failed: records that were not stored, each with its reason.
        repeated: records that were sent again, as the answer to their request was lost.
        unacknowledged: where the bulk ended with an error, records that were read and may not be
            stored: instances that have the ids that were sent, so that storing them again in
            another bulk doubles nothing. They stay in the process: a pickled result has none.
    """

    created: int = 0
    existing: int = 0
    failed: list[BulkFailure] = field(default_factory=list)
    repeated: int = field(default=0, repr=False)
    unacknowledged: list[Any] = field(default_factory=list, repr=False, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        # Instances are no plain values, and there may be as many as in several requests.
        return {**self.__dict__, "unacknowledged": []}

    @property
    def stored(self) -> int:
        """Number of records that are in the backend."""
        return self.created + self.existing
