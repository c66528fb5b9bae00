"""Delivery of records: batches, buffers, spools and retries.

What needs file locks (`djelme.delivery.background`, `djelme.delivery.spool`) is imported where it
is used, so that direct delivery works on every platform.
"""

from djelme.delivery.delivery import Delivery, DeliveryStats, DirectDelivery
from djelme.delivery.factory import make_delivery
from djelme.delivery.options import OPTION_NAMES, DeliveryOptions, default_spool_dir
from djelme.delivery.retry import Backoff, RetryPolicy

__all__ = (
    "OPTION_NAMES",
    "Backoff",
    "Delivery",
    "DeliveryOptions",
    "DeliveryStats",
    "DirectDelivery",
    "RetryPolicy",
    "default_spool_dir",
    "make_delivery",
)
