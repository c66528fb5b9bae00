"""What the in-memory Elasticsearch keeps: indexes with their documents."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from djelme_testing.memory.refusal import NotInMemoryError, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djelme_testing.memory.mapping import IndexMapping, Parsed

__all__ = ("Document", "MemoryIndex")

_CONFLICT = 409


@dataclass
class Document:
    """One stored document.

    Attributes:
        index: its index's name.
        id: its id.
        source: what was stored.
        parsed: what can be searched of it.
        version: of this document.
        seq_no: number of the change of the index that stored it.
        order: number among all documents of the server, in the order in which they were stored.
    """

    index: str
    id: str
    source: Mapping[str, Any]
    parsed: Parsed
    version: int
    seq_no: int
    order: int


@dataclass
class MemoryIndex:
    """One index.

    Attributes:
        name: its name.
        mapping: its mapping.
        shards: the number of primary shards that its settings ask for.
        aliases: its other names.
        documents: by id.
    """

    name: str
    mapping: IndexMapping
    shards: int = 1
    aliases: tuple[str, ...] = ()
    documents: dict[str, Document] = field(default_factory=dict)
    _seq_nos: itertools.count[int] = field(default_factory=itertools.count)

    def store(
        self, document_id: str, source: Mapping[str, Any], options: Mapping[str, Any], order: int
    ) -> tuple[Document, bool]:
        """Store a document; return it, and whether its id is new.

        Args:
            document_id: its id.
            source: its fields.
            options: ``op_type``, ``version``, ``version_type``, ``if_seq_no``.
            order: number among all documents of the server.

        Raises:
            Refusal: if the mapping doesn't take it, or if it conflicts with the stored one.
        """
        there = self.documents.get(document_id)
        if options.get("op_type") == "create" and there is not None:
            raise _conflict(document_id, f"document already exists (version [{there.version}])")
        version = self._next_version(document_id, there, options)
        parsed = self.mapping.parse(source)
        parsed.values["_index"] = [self.name]
        order = order if there is None else there.order
        document = Document(
            self.name, document_id, source, parsed, version, next(self._seq_nos), order
        )
        self.documents[document_id] = document
        return document, there is None

    def delete(self, document_id: str, options: Mapping[str, Any]) -> bool:
        """Delete a document; return whether it was there.

        Raises:
            Refusal: if it was changed since.
        """
        there = self.documents.get(document_id)
        self._next_version(document_id, there, options)
        if there is None:
            return False
        next(self._seq_nos)
        del self.documents[document_id]
        return True

    def bytes(self) -> int:
        """Return a size that grows with what is stored; no real one."""
        sizes = (len(json.dumps(one.source, default=str)) for one in self.documents.values())
        return 250 + sum(sizes)

    def _next_version(
        self, document_id: str, there: Document | None, options: Mapping[str, Any]
    ) -> int:
        wanted_seq_no = options.get("if_seq_no")
        if wanted_seq_no is not None and (there is None or there.seq_no != int(wanted_seq_no)):
            found = "no document" if there is None else f"seqNo [{there.seq_no}]"
            raise _conflict(document_id, f"required seqNo [{wanted_seq_no}] but found {found}")
        kind, given = options.get("version_type", "internal"), options.get("version")
        if kind == "internal":
            if given is not None:
                raise NotInMemoryError("internal versions of documents in requests")
            return 1 if there is None else there.version + 1
        if kind not in {"external", "external_gt", "external_gte"}:
            msg = f"the version type {kind!r}"
            raise NotInMemoryError(msg)
        version = int(given or 0)
        least = 0 if there is None else there.version + (kind != "external_gte")
        if version < least:
            raise _conflict(document_id, f"current version is higher than [{version}]")
        return version


def _conflict(document_id: str, reason: str) -> Refusal:
    return Refusal(
        _CONFLICT,
        "version_conflict_engine_exception",
        f"[{document_id}]: version conflict, {reason}",
    )
