"""Requests about indexes, their mappings and their templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.contracts import IndexStatus
from elasticsearch_metrics.rest.connection import LENIENT, RestConnection, joined, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ("CatalogRequests",)

#: Names of indexes in one request, when they are exact: far below what its first line may hold.
_NAMES_AT_ONCE = 10


class CatalogRequests(RestConnection):
    """Lists, makes ready and deletes indexes; keeps templates."""

    #: Where the index templates are.
    template_path = "/_index_template"

    def get_mapping(self, index: str) -> Mapping[str, Any] | None:
        """Return the mapping of one index, None if it doesn't exist."""
        answer = self.found_or_none(f"/{quoted(index)}/_mapping")
        if not answer:
            return None
        found = next(iter(answer.values()))  # an alias may have several
        mapping: Mapping[str, Any] = found["mappings"].get(self.document_type, found["mappings"])
        return mapping

    def put_mapping(self, index: str, mapping: Mapping[str, Any]) -> None:
        """Add fields to the mapping of one index."""
        self.request("PUT", f"/{quoted(index)}/_mapping{self._typed_path}", body=mapping)

    def put_template(self, name: str, body: Mapping[str, Any]) -> None:
        """Create or replace an index template."""
        self.request("PUT", f"{self.template_path}/{name}", body=body)

    def delete_template(self, name: str) -> None:
        """Delete an index template; one that doesn't exist is no error."""
        if self.get_template(name) is not None:
            self.request("DELETE", f"{self.template_path}/{name}")

    def refresh(self, expressions: Iterable[str]) -> None:
        """Make what was stored visible to searches, in indexes named by names and patterns."""
        self.request("POST", f"/{joined(expressions)}/_refresh", params=LENIENT)

    def list_indexes(self, expressions: Iterable[str]) -> list[IndexStatus]:
        """Return the existing indexes that patterns match, ordered by name."""
        rows = self.request(
            "GET",
            f"/_cat/indices/{joined(expressions)}",
            params={
                "format": "json",
                "bytes": "b",
                "h": "index,pri,docs.count,pri.store.size",
                "s": "index",
            },
        )
        # A closed index, or one whose shards are away, has no numbers.
        return [
            IndexStatus(
                row["index"],
                int(row["docs.count"] or 0),
                int(row["pri.store.size"] or 0),
                int(row["pri"] or 0),
            )
            for row in rows
        ]

    def delete_indexes(self, names: Sequence[str]) -> None:
        """Delete indexes by their exact names; names that don't exist are no error."""
        for name in names:
            if not name or set(name) & set("*,<>") or name.startswith(("_", "-")):
                msg = f"only exact names of indexes can be deleted, not {name!r}"
                raise ValueError(msg)
        for start in range(0, len(names), _NAMES_AT_ONCE):
            path = f"/{joined(names[start : start + _NAMES_AT_ONCE])}"
            self.request("DELETE", path, params={"ignore_unavailable": "true"})
