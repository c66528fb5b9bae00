"""Send what record types have prepared: one place for every way that leads to a backend.

Before anything is sent the record type is known to be set up; whoever mirrors writes, as a
migration does, learns of what was accepted.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from elasticsearch_metrics.index.setup_guard import setup_guard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djelme.operation import Operation, Outcome
    from elasticsearch_metrics.index.placement import Placement

__all__ = ("asend", "asend_many", "observers", "send", "send_many")

#: Called with a placement and the operations that its backend (or its spool) has accepted, in the
#: thread of the caller. They must be quick, and must not raise.
observers: list[Callable[[Placement, Sequence[Operation]], object]] = []


def send(placement: Placement, operation: Operation) -> Outcome | None:
    """Hand one document to its backend's delivery.

    Returns:
        What came of it; None if it will be known later.

    Raises:
        djelme.errors.DjelmeSetupError: if the record type isn't set up and the delivery is direct;
            nothing was sent. Otherwise such records wait until it is.
        djelme.errors.BackendError: if the cluster can't be reached or refuses the document, and
            the delivery is direct.
        djelme.errors.SpoolError: if the document can't be kept until it is delivered.
    """
    delivery = placement.backend.delivery
    if delivery.is_direct:
        setup_guard.require(placement, operation.index)
    outcome = delivery.submit(operation)
    if observers:
        _observe(placement, (operation,))
    return outcome


async def asend(placement: Placement, operation: Operation) -> Outcome | None:
    """Do the same as `send` without blocking the event loop."""
    backend = placement.backend
    outcome = None
    if backend.delivery.is_direct:
        if not setup_guard.knows(placement, operation.index):
            await asyncio.to_thread(setup_guard.require, placement, operation.index)
        outcome = await backend.astore(operation)
    else:
        # Even an append to a file can take a while on a busy disk.
        await asyncio.to_thread(backend.delivery.submit, operation)
    if observers:
        _observe(placement, (operation,))
    return outcome


def send_many(placement: Placement, operations: Sequence[Operation]) -> list[Outcome]:
    """Store documents in one request, whatever the delivery; return an outcome each, in order.

    Raises:
        djelme.errors.DjelmeSetupError: if the record type isn't set up; nothing was sent.
        djelme.errors.BackendError: if the cluster can't be reached or refuses the request.
    """
    for index in {operation.index for operation in operations}:
        setup_guard.require(placement, index)
    outcomes = placement.backend.store_many(operations)
    if observers:
        _observe(placement, _accepted(operations, outcomes))
    return outcomes


async def asend_many(placement: Placement, operations: Sequence[Operation]) -> list[Outcome]:
    """Do the same as `send_many` without blocking the event loop."""
    for index in {operation.index for operation in operations}:
        if not setup_guard.knows(placement, index):
            await asyncio.to_thread(setup_guard.require, placement, index)
    outcomes = await placement.backend.astore_many(operations)
    if observers:
        _observe(placement, _accepted(operations, outcomes))
    return outcomes


def _observe(placement: Placement, operations: Sequence[Operation]) -> None:
    for observe in observers:
        observe(placement, operations)


def _accepted(operations: Sequence[Operation], outcomes: Sequence[Outcome]) -> list[Operation]:
    return [
        operation
        for operation, outcome in zip(operations, outcomes, strict=True)
        if outcome.reason is None
    ]
