"""Read documents of one index, by `_source` or rebuilt from doc values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendUnreachableError
from elasticsearch_metrics.state.search import count, scroll, search

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from elasticsearch_metrics.backend.rest import RestBackend
    from elasticsearch_metrics.migration.document.layout import IndexLayout
    from elasticsearch_metrics.recordtype.base import BaseRecord

__all__ = ("IndexReader", "Read")

#: Elasticsearch's default for ``index.max_docvalue_fields_search``.
_FIELDS_AT_ONCE = 100
_ATTEMPTS = 5


@dataclass(slots=True)
class Read:
    """A document that was read.

    Attributes:
        index: name of its index.
        id: document id.
        values: by field, as the record type's decoder gives them.
        seq_no: with `primary_term`, its version; only where it was asked for.
        primary_term: see there.
    """

    index: str
    id: str
    values: dict[str, Any]
    seq_no: int = -1
    primary_term: int = -1


class IndexReader:
    """Reads one index.

    Args:
        backend: the cluster that has it.
        recordtype: the record type whose decoder is used.
        layout: what the index keeps.
    """

    def __init__(
        self, backend: RestBackend, recordtype: type[BaseRecord], layout: IndexLayout
    ) -> None:
        self._backend = backend
        self.layout = layout
        self._index = layout.index
        self._decode = recordtype.djelme.decoder.decode
        self._restore = recordtype.restored
        self._multi = frozenset(
            name for name, spec in recordtype.djelme.fields.items() if spec.multi
        )
        kept = [origin.request for origin in layout.kept()]
        self._field_groups = [
            kept[start : start + _FIELDS_AT_ONCE] for start in range(0, len(kept), _FIELDS_AT_ONCE)
        ] or [[]]

    def count(self, query: Mapping[str, Any]) -> int:
        """Return how many documents a query matches."""
        return count(self._backend, [self._index], query)

    def pages(
        self, query: Mapping[str, Any], page_size: int, *, with_version: bool = False
    ) -> Iterator[list[Read]]:
        """Yield the documents that a query matches, in pages.

        Raises:
            djelme.errors.BackendError: if the cluster doesn't give all of them.
        """
        body = self._body(query, with_version)
        for hits in scroll(self._backend, [self._index], body, page_size=page_size):
            yield self._read(hits)

    def by_ids(self, ids: Sequence[str], *, with_version: bool = False) -> list[Read]:
        """Return those of some documents that are there."""
        body = {**self._body({"ids": {"values": list(ids)}}, with_version), "size": len(ids)}
        return self._read(search(self._backend, [self._index], body)["hits"]["hits"])

    def sample(self, query: Mapping[str, Any], size: int) -> list[Read]:
        """Return some of the documents that a query matches, chosen at random."""
        scored = {"function_score": {"query": query, "random_score": {}}}
        body = {**self._body(scored, with_version=False), "size": size}
        return self._read(search(self._backend, [self._index], body)["hits"]["hits"])

    def _body(self, query: Mapping[str, Any], with_version: bool) -> dict[str, Any]:
        body: dict[str, Any] = {"query": query}
        if self.layout.has_source:
            body["seq_no_primary_term"] = with_version
        else:
            body["docvalue_fields"] = self._field_groups[0]
            body["seq_no_primary_term"] = with_version or len(self._field_groups) > 1
        return body

    def _read(self, hits: list[dict[str, Any]]) -> list[Read]:
        if self.layout.has_source:
            decode, restore = self._decode, self._restore
            return [
                Read(
                    hit["_index"],
                    hit["_id"],
                    restore(decode(hit["_source"])),
                    hit.get("_seq_no", -1),
                    hit.get("_primary_term", -1),
                )
                for hit in hits
            ]
        if len(self._field_groups) > 1:
            hits = self._completed(hits)
        return [
            Read(
                hit["_index"],
                hit["_id"],
                self._restore(
                    self._decode(self.layout.rebuild(hit.get("fields", {}), self._multi))
                ),
                hit.get("_seq_no", -1),
                hit.get("_primary_term", -1),
            )
            for hit in hits
        ]

    def _completed(self, hits: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return hits with the fields that didn't fit into one search.

        A document that was changed between two of the searches is read again, so that it never has
        fields of two versions; one that was deleted is left out.
        """
        done: list[dict[str, Any]] = []
        for _ in range(_ATTEMPTS):
            by_id = {hit["_id"]: hit for hit in hits}
            if not by_id:
                return done
            changed = set()
            for group in self._field_groups[1:]:
                found = {hit["_id"]: hit for hit in self._search_ids(list(by_id), group)}
                for id, hit in by_id.items():  # noqa: A001 - its name in Elasticsearch
                    other = found.get(id)
                    if other is None or other["_seq_no"] != hit["_seq_no"]:
                        changed.add(id)
                    else:
                        hit.setdefault("fields", {}).update(other.get("fields", {}))
            done += [hit for id, hit in by_id.items() if id not in changed]  # noqa: A001 - as above
            hits = self._search_ids(sorted(changed), self._field_groups[0]) if changed else []
        raise BackendUnreachableError(
            backend=self._backend.name,
            reason=f"documents of {self._index} change faster than they can be read",
        )

    def _search_ids(self, ids: list[str], fields: list[Any]) -> list[dict[str, Any]]:
        body = {
            "size": len(ids),
            "query": {"ids": {"values": ids}},
            "docvalue_fields": fields,
            "seq_no_primary_term": True,
        }
        hits: list[dict[str, Any]] = search(self._backend, [self._index], body)["hits"]["hits"]
        return hits
