"""Send what record types have prepared: one place for every way that leads to a backend.

Before anything is sent the record type is known to be set up; whoever mirrors writes, as a
migration does, learns of what was accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elasticsearch_metrics.setup import setup_guard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djelme.bulk import Operation, Outcome
    from elasticsearch_metrics.placement import Placement

__all__ = ("observers", "send", "send_many")

#: Called with a placement and the operations that its backend (or its spool) has accepted, in the
#: thread of the caller. They must be quick, and must not raise.
observers: list[Callable[[Placement, Sequence[Operation]], object]] = []


def send(placement: Placement, operation: Operation) -> Outcome:
    """Store one document.

    Raises:
        djelme.errors.DjelmeSetupError: if the record type isn't set up; nothing was sent.
        djelme.errors.BackendError: if the cluster can't be reached or refuses the document.
    """
    setup_guard.require(placement, operation.index)
    outcome = placement.backend.store(operation)
    for observe in observers:
        observe(placement, (operation,))
    return outcome


def send_many(placement: Placement, operations: Sequence[Operation]) -> list[Outcome]:
    """Store documents in one request; return one outcome each, in the same order.

    Raises:
        djelme.errors.DjelmeSetupError: if the record type isn't set up; nothing was sent.
        djelme.errors.BackendError: if the cluster can't be reached or refuses the request.
    """
    for index in {operation.index for operation in operations}:
        setup_guard.require(placement, index)
    outcomes = placement.backend.store_many(operations)
    if observers:
        accepted = [
            operation
            for operation, outcome in zip(operations, outcomes, strict=True)
            if outcome.reason is None
        ]
        for observe in observers:
            observe(placement, accepted)
    return outcomes
