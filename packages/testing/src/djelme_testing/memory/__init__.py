"""Unit tests without a server: an Elasticsearch in memory, and an outbox of what was recorded."""

from djelme_testing.memory.factory import RecordFactory, make_record
from djelme_testing.memory.mixin import DjelmeOutboxMixin
from djelme_testing.memory.node import client_options
from djelme_testing.memory.outbox import Outbox, open_outbox
from djelme_testing.memory.refusal import NotInMemoryError
from djelme_testing.memory.server import MemoryServer

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
