"""Deliver the records of a backend as its options ask for, and tell what became of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from asgiref.sync import async_to_sync
from django.core.signals import request_started

from djelme import process
from djelme.delivery import make_delivery, termination
from djelme.errors import ConfigurationError, DjelmeSetupError
from djelme.operation import Outcome
from elasticsearch_metrics import conf, signals
from elasticsearch_metrics.index.setup_guard import setup_guard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.dispatch import Signal

    from djelme.contracts import Backend
    from djelme.delivery import Delivery, DeliveryOptions
    from djelme.operation import Operation
    from elasticsearch_metrics.index.placement import Placement

    #: Returns the placement of the record type that an index of a backend belongs to, by the names
    #: of both; None if it is none of this site's.
    OwnerLookup = Callable[[str, str], Placement | None]

__all__ = ("guarded_store_many", "put_delivery", "spool_delivery", "watch_signals")

_watched_pid = 0


def put_delivery(owner_of: OwnerLookup, backend: Backend) -> None:
    """Give a backend the delivery that its options ask for. Nothing is opened or started yet."""
    if backend.delivery_options.mode == "direct" and conf.telemetry_or_default():
        from elasticsearch_metrics.delivery.telemetry import TracedDirectDelivery

        backend.delivery = TracedDirectDelivery(backend)
    else:
        backend.delivery = _make(owner_of, backend, backend.delivery_options)


def watch_signals() -> None:
    """See that what waits is sent before a signal ends this process, if anything ever waits.

    When the site starts, as servers take note then of the handlers that they put back at their end;
    and with the first asynchronous request of a process, as some servers forget all handlers
    after a fork.
    """
    try:
        configured = conf.backend_settings().values()
    except ConfigurationError:
        return  # The system checks say so.
    if any(backend.options.get("djelme_delivery", "direct") != "direct" for backend in configured):
        termination.watch()
        request_started.connect(_watch_again, dispatch_uid="djelme")


def _watch_again(*, scope: object = None, **_kwargs: object) -> None:
    global _watched_pid  # noqa: PLW0603 - the process that this was done in
    if scope is None or _watched_pid == process.pid:
        return
    _watched_pid = process.pid
    # Receivers run in a thread; signals belong to the main one, where the event loop is.
    async_to_sync(_watch_in_loop)()


async def _watch_in_loop() -> None:
    termination.watch()


def spool_delivery(owner_of: OwnerLookup, backend: Backend) -> Delivery:
    """Return a delivery that sends what waits in a backend's spool.

    That is the backend's own one; or another one, to be closed, if the backend delivers directly
    now and its spool has something from before.
    """
    if not backend.delivery.is_direct:
        return backend.delivery
    return _make(owner_of, backend, replace(backend.delivery_options, mode="durable"))


def guarded_store_many(
    owner_of: OwnerLookup, backend: Backend
) -> Callable[[Sequence[Operation]], list[Outcome]]:
    """Return what stores documents that waited, unless indexes would get guessed mappings."""
    store_many: Callable[[Sequence[Operation]], list[Outcome]]
    store_many = partial(_store_guarded, owner_of, backend)
    if conf.telemetry_or_default():
        from elasticsearch_metrics.delivery.telemetry import traced_store_many

        return traced_store_many(backend, store_many)
    return store_many


def _make(owner_of: OwnerLookup, backend: Backend, options: DeliveryOptions) -> Delivery:
    return make_delivery(
        backend,
        options,
        store_many=guarded_store_many(owner_of, backend),
        on_dropped=partial(_announce, owner_of, backend, signals.records_dropped),
        on_dead=lambda operation, reason: _announce(
            owner_of, backend, signals.records_dead_lettered, (operation,), reason
        ),
    )


def _store_guarded(
    owner_of: OwnerLookup, backend: Backend, operations: Sequence[Operation]
) -> list[Outcome]:
    """Store what waited, except for indexes that would get guessed mappings.

    Records of a type that isn't set up go on waiting; those of a type that this site doesn't have
    are refused.
    """
    refusals = {
        index: _refusal(owner_of, backend, index)
        for index in dict.fromkeys(operation.index for operation in operations)
    }
    ready = [operation for operation in operations if refusals[operation.index] is None]
    stored = iter(backend.store_many(ready) if ready else ())
    return [refusals[operation.index] or next(stored) for operation in operations]


def _refusal(owner_of: OwnerLookup, backend: Backend, index: str) -> Outcome | None:
    owner = owner_of(index, backend.name)
    if owner is None:
        reason = f"this site has no record type with an index {index!r}"
        return Outcome(HTTPStatus.BAD_REQUEST.value, reason)
    try:
        setup_guard.require(owner, index)
    except DjelmeSetupError as error:
        return Outcome(HTTPStatus.SERVICE_UNAVAILABLE.value, str(error))
    return None


def _announce(
    owner_of: OwnerLookup,
    backend: Backend,
    signal: Signal,
    operations: Sequence[Operation],
    reason: str,
) -> None:
    """Send a signal for each record type that operations are of."""
    for index, count in Counter(operation.index for operation in operations).items():
        owner = owner_of(index, backend.name)
        signal.send_robust(
            sender=None if owner is None else owner.recordtype,
            count=count,
            reason=reason,
            using=backend.name,
        )
