"""Unit tests without a server: what was recorded, and searches by filters, from memory."""

from djelme_testing.memory.node import client_options
from djelme_testing.memory.outbox import DjelmeOutboxMixin, Outbox, open_outbox
from djelme_testing.memory.refusal import NotInMemoryError
from djelme_testing.memory.server import MemoryServer
from djelme_testing.record_factory import RecordFactory, make_record

__all__ = (
    "DjelmeOutboxMixin",
    "MemoryServer",
    "NotInMemoryError",
    "Outbox",
    "RecordFactory",
    "client_options",
    "make_record",
    "open_outbox",
)
