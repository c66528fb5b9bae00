"""What a test has recorded, without a server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import override_settings

from djelme_testing.backend_settings import default_backends, imp_major
from djelme_testing.memory.node import client_options
from djelme_testing.memory.refusal import NotInMemoryError
from djelme_testing.memory.server import MemoryServer
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("DjelmeOutboxMixin", "Outbox", "open_outbox")

_KEPT_OPTIONS = frozenset({"djelme_default_index_name_prefix"})


class Outbox(Sequence[Any]):
    """The records that are stored in memory, as a sequence of instances, oldest first.

    Each has the values that it was stored with, its id in ``meta.id`` and its index in
    ``meta.index``. A record that was stored again is there once, as it is now; one that was deleted
    is not there.

    Attributes:
        servers: by name of the backend; what Elasticsearch would be asked can be asked of them.
    """

    def __init__(self, servers: Mapping[str, MemoryServer]) -> None:
        self.servers = dict(servers)

    def __len__(self) -> int:
        return len(self._records())

    def __getitem__(self, index: Any) -> Any:
        return self._records()[index]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._records()!r}>"

    def of(self, recordtype: type) -> list[Any]:
        """Return the records of one type, oldest first."""
        return [record for record in self._records() if type(record) is recordtype]

    def clear(self) -> None:
        """Forget all records; record types stay set up."""
        for server in self.servers.values():
            server.delete_documents()

    def _records(self) -> list[Any]:
        records = []
        for name, server in self.servers.items():
            for document in server.documents():
                owner = djelme_registry.owner_of(document.index, name)
                if owner is not None:
                    hit = {"_index": document.index, "_id": document.id, "_source": document.source}
                    recordtype: Any = owner.recordtype
                    records.append(recordtype.from_es(hit))
        return records


@contextmanager
def open_outbox() -> Iterator[Outbox]:
    """Lead all backends of the settings to memory, and set the declared record types up.

    Without backends in the settings, there is one for each imp that is installed. Records are
    delivered directly, whatever the settings say; no spool is written. When the block ends,
    everything is forgotten.

    Raises:
        djelme_testing.memory.NotInMemoryError: if a backend is for another engine.
    """
    configured = getattr(settings, "DJELME_BACKENDS", None) or default_backends()
    servers = {name: _server(name, entry) for name, entry in configured.items()}
    backends: dict[str, Any] = {}
    for name, entry in configured.items():
        ((imp, options),) = entry.items()
        kept = {key: options[key] for key in _KEPT_OPTIONS & options.keys()}
        backends[name] = {imp: kept | client_options(servers[name])}
    with override_settings(DJELME_BACKENDS=backends):
        djelme_registry.reset()
        try:
            for recordtypes in djelme_registry.recordtypes_by_backend().values():
                for recordtype in recordtypes:
                    recordtype.sync_index_template()
            yield Outbox(servers)
        finally:
            djelme_registry.reset()
    # Names may depend on settings, so they are worked out anew with those from before.
    djelme_registry.reset()


class DjelmeOutboxMixin:
    """Gives each test of a ``django.test`` case an outbox, and no way to any server.

    ::

        class ViewTest(DjelmeOutboxMixin, TestCase):
            def test_a_view_is_recorded(self):
                self.client.get("/item/7/")
                (record,) = self.djelme_outbox.of(UsageRecord)
                self.assertEqual(record.item_id, 7)

    Attributes:
        djelme_outbox: what the test has recorded.
    """

    djelme_outbox: Outbox

    def setUp(self) -> None:
        """Open the outbox; it is closed after the test and its ``tearDown``."""
        case: Any = self
        opened = open_outbox()
        self.djelme_outbox = opened.__enter__()
        case.addCleanup(opened.__exit__, None, None, None)
        parent: Any = super()
        parent.setUp()


def _server(name: str, entry: Mapping[str, Any]) -> MemoryServer:
    (imp,) = entry
    try:
        return MemoryServer(imp_major(imp) or 0)
    except ValueError as error:
        msg = f"backend {name!r} with the imp {imp!r}"
        raise NotInMemoryError(msg) from error
