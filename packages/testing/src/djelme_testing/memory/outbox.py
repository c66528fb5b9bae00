"""What a test has recorded, without a server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, overload

from django.conf import settings
from django.test import override_settings

from djelme_testing.backend_settings import default_backends, imp_major
from djelme_testing.memory.node import client_options
from djelme_testing.memory.refusal import NotInMemoryError
from djelme_testing.memory.server import MemoryServer
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from djelme_testing.memory.storage import Document

__all__ = ("Outbox", "open_outbox")

_KEPT_OPTIONS = ("djelme_default_index_name_prefix",)


class Outbox(Sequence[Any]):
    """The records that are stored in memory, as a sequence of instances, oldest first.

    Each has the values that it was stored with, its id in ``meta.id`` and its index in
    ``meta.index``. A record that was stored again is there once, as it is now; one that was deleted
    is not there.

    Args:
        servers: by name of the backend.

    Attributes:
        servers: the same; what Elasticsearch itself would be asked can be asked of them.
    """

    def __init__(self, servers: Mapping[str, MemoryServer]) -> None:
        self.servers = dict(servers)

    def __len__(self) -> int:
        return len(self._records())

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...

    def __getitem__(self, index: int | slice) -> Any:
        return self._records()[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._records())

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
        return [
            record
            for name, server in self.servers.items()
            for record in (_record(name, document) for document in server.documents())
            if record is not None
        ]


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
    backends = {
        name: {imp: _in_memory(options, servers[name]) for imp, options in entry.items()}
        for name, entry in configured.items()
    }
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


def _server(name: str, entry: Mapping[str, Any]) -> MemoryServer:
    (imp,) = entry
    major = imp_major(imp)
    if major not in {6, 8}:
        msg = f"backend {name!r} with the imp {imp!r}"
        raise NotInMemoryError(msg)
    return MemoryServer(major)


def _in_memory(options: Mapping[str, Any], server: MemoryServer) -> dict[str, Any]:
    kept = {name: options[name] for name in _KEPT_OPTIONS if name in options}
    return kept | client_options(server)


def _record(backend_name: str, document: Document) -> Any:
    owner = djelme_registry.owner_of(document.index, backend_name)
    if owner is None:
        return None
    recordtype: Any = owner.recordtype
    return recordtype.from_es(
        {"_index": document.index, "_id": document.id, "_source": dict(document.source)}
    )
