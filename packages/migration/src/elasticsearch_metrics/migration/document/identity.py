"""Ids of documents on both sides, such that whatever is written twice is there once.

A document of the target has an id that is derived from its origin: name of the source's index, id
in the source, and its number among the documents that one hit becomes. Its prefix
says that it was written by migrations of that source, so that a migration never takes away what
others wrote.

A record that was written to the target alone, after cutover, and copied back keeps its id behind
the prefix ``B.``; copied once more in the other direction, it is the same document again.

Record types with ``UNIQUE_TOGETHER_FIELDS`` keep the ids that these give: a record that is written
again after cutover has to replace the one that was copied.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from djelme.document_id import derive_document_id

if TYPE_CHECKING:
    from elasticsearch_metrics.recordtype.base import BaseRecord

__all__ = ("RETURNED_PREFIX", "Identity")

#: Beginning of the ids of documents that were copied back to the source. Ids that djelme makes
#: have no dot.
RETURNED_PREFIX = "B."
_PREFIX_BYTES = 3
_PREFIX_CHARACTERS = 3
_DERIVED_CHARACTERS = 32
#: How `derive_document_id` begins each id: its first eight bits are zero.
_DERIVED_BEGINNING = "A"


class Identity:
    """The ids of one migration.

    Args:
        source: the source's record type.
        target: the target's record type.
        source_base: what the names of the source's indexes begin with.
    """

    def __init__(
        self, source: type[BaseRecord], target: type[BaseRecord], source_base: str
    ) -> None:
        digest = hashlib.blake2b(source_base.encode(), digest_size=_PREFIX_BYTES).digest()
        text = base64.urlsafe_b64encode(digest).decode("ascii")
        # Ids of djelme's own making have other lengths, or begin with an A.
        self.prefix = f"M{text[:_PREFIX_CHARACTERS]}"
        self.is_source_unique = bool(tuple(source.UNIQUE_TOGETHER_FIELDS))
        self.is_target_unique = bool(tuple(target.UNIQUE_TOGETHER_FIELDS))

    def target_id(self, index: str, id: str, ordinal: int) -> str:  # noqa: A002 - its name in Elasticsearch
        """Return the id of a document of the target, unless its type's unique fields give it.

        Args:
            index: name of the source's index.
            id: document id in the source.
            ordinal: number among the documents that the source's document becomes, from 0.
        """
        if ordinal == 0 and id.startswith(RETURNED_PREFIX):
            return id[len(RETURNED_PREFIX) :]
        return self.prefix + derive_document_id((index, id, ordinal))[len(self.prefix) :]

    def is_own(self, target_id: str) -> bool:
        """Return whether a document of the target was written by migrations of this source."""
        if len(target_id) != _DERIVED_CHARACTERS:
            return False
        prefix = _DERIVED_BEGINNING if self.is_target_unique else self.prefix
        return target_id.startswith(prefix)

    def source_id(self, target_id: str) -> str:
        """Return the id of a document that is copied back, unless unique fields give it."""
        return f"{RETURNED_PREFIX}{target_id}"
