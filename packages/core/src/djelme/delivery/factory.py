"""Make the delivery that a backend's options ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djelme.delivery.delivery import DirectDelivery

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djelme.delivery.delivery import Delivery
    from djelme.delivery.options import DeliveryOptions
    from djelme.delivery.store import Store
    from djelme.operation import Operation, Outcome

__all__ = ("make_delivery",)


def make_delivery(
    store: Store,
    options: DeliveryOptions,
    *,
    store_many: Callable[[Sequence[Operation]], Sequence[Outcome]] | None = None,
    on_dropped: Callable[[Sequence[Operation], str], object] | None = None,
    on_dead: Callable[[Operation, str], object] | None = None,
) -> Delivery:
    """Return the delivery that options ask for. It opens no file and starts no thread yet.

    Args:
        store: where the records go.
        options: how.
        store_many: sends batches in place of ``store.store_many``; an error that it raises before
            it sends anything (such as a missing template) keeps the records waiting.
        on_dropped: called with records that were dropped, and the reason, in the thread of whoever
            submits or in the worker's; its errors are logged.
        on_dead: called with each record that the backend refused for good, and the reason, in the
            worker's thread; its errors are logged.
    """
    if options.mode == "direct":
        return DirectDelivery(store)
    # Needs file locks, which some platforms don't have.
    from djelme.delivery.buffered import BufferedDelivery
    from djelme.delivery.durable import DurableDelivery

    cls = DurableDelivery if options.mode == "durable" else BufferedDelivery
    return cls(
        store,
        options,
        store_many=store.store_many if store_many is None else store_many,
        on_dropped=on_dropped,
        on_dead=on_dead,
    )
