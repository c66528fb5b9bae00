"""Requests about indexes, their mappings and their templates."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from djelme.contracts import IndexStatus
from djelme.errors import IncompleteAnswerError
from elasticsearch_metrics.backend.completeness import require_refreshed
from elasticsearch_metrics.backend.connection import IGNORE_MISSING, joined, quoted
from elasticsearch_metrics.backend.document import DocumentRequests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ("CatalogRequests",)

#: Names of indexes in one request, when they are exact: far below what its first line may hold.
_NAMES_AT_ONCE = 10
#: The health of an index that lacks primary shards.
_RED = "red"


class CatalogRequests(DocumentRequests):
    """Lists, makes ready and deletes indexes; keeps templates."""

    #: Where the index templates are.
    template_path: ClassVar[str]

    def get_mapping(self, index: str) -> Mapping[str, Any] | None:
        """Return the mapping of one index, None if it doesn't exist."""
        answer = self.found_or_none(f"/{quoted(index)}/_mapping")
        if not answer:
            return None
        found = next(iter(answer.values()))  # an alias may have several
        return self.features.from_mappings(found["mappings"])

    def put_mapping(self, index: str, mapping: Mapping[str, Any]) -> None:
        """Add fields to the mapping of one index."""
        self.request("PUT", f"/{quoted(index)}/_mapping{self.features.type_path}", body=mapping)

    @abstractmethod
    def make_template(
        self,
        patterns: Sequence[str],
        *,
        settings: Mapping[str, Any],
        mapping: Mapping[str, Any],
        priority: int,
    ) -> dict[str, Any]:
        """Return the body of an index template that isn't that of a record type."""

    def put_template(self, name: str, body: Mapping[str, Any]) -> None:
        """Create or replace an index template."""
        self.request("PUT", f"{self.template_path}/{name}", body=body)

    def delete_template(self, name: str) -> None:
        """Delete an index template; one that doesn't exist is no error."""
        if self.get_template(name) is not None:
            self.request("DELETE", f"{self.template_path}/{name}")

    def refresh(self, expressions: Iterable[str]) -> None:
        """Make what was stored visible to searches, in indexes named by names and patterns."""
        names = tuple(expressions)
        answer = self.request("POST", f"/{joined(names)}/_refresh", params=IGNORE_MISSING)
        require_refreshed(self.name, names, answer)

    def list_indexes(self, expressions: Iterable[str]) -> list[IndexStatus]:
        """Return the existing indexes that patterns match, ordered by name."""
        expressions = tuple(expressions)
        rows = self._list_rows(expressions)
        away = [row["index"] for row in rows if row.get("health") == _RED]
        if away:
            self.require_available(away)
            rows = self._list_rows(expressions)
        documents = self._count_documents(expressions, len(rows)) if rows else {}
        # A closed index has no numbers.
        return [
            IndexStatus(
                row["index"],
                documents.get(row["index"], 0),
                int(row["pri.store.size"] or 0),
                int(row["pri"] or 0),
            )
            for row in rows
        ]

    def list_aliases(self, indexes: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the aliases of indexes by the index's name; those with a filter are left out.

        What a filtered alias shows is a part of its index, so it is no other name of the index.
        """
        found: dict[str, tuple[str, ...]] = {}
        for start in range(0, len(indexes), _NAMES_AT_ONCE):
            path = f"/{joined(indexes[start : start + _NAMES_AT_ONCE])}/_alias"
            for index, body in (self.found_or_none(path) or {}).items():
                aliases = sorted(body.get("aliases", {}).items())
                found[index] = tuple(name for name, alias in aliases if "filter" not in alias)
        return found

    def _count_documents(self, expressions: Sequence[str], indexes: int) -> dict[str, int]:
        """Return the number of documents by index.

        ``_cat/indices`` counts what Lucene has, and there each nested value is a document.

        Raises:
            djelme.errors.IncompleteAnswerError: if a shard didn't answer.
        """
        by_index = {"indexes": {"terms": {"field": "_index", "size": indexes}}}
        answer = self.aggregate(expressions, by_index)
        if answer.problem:
            raise IncompleteAnswerError(
                backend=self.name, indexes=list(expressions), reason=answer.problem
            )
        buckets = answer.results.get("indexes", {}).get("buckets", ())
        return {bucket["key"]: bucket["doc_count"] for bucket in buckets}

    def _list_rows(self, expressions: Iterable[str]) -> list[Mapping[str, str]]:
        rows: list[Mapping[str, str]] = self.request(
            "GET",
            f"/_cat/indices/{joined(expressions)}",
            params={
                "format": "json",
                "bytes": "b",
                "h": "health,index,pri,pri.store.size",
                "s": "index",
            },
        )
        return rows

    def delete_indexes(self, names: Sequence[str]) -> None:
        """Delete indexes by their exact names; names that don't exist are no error."""
        for name in names:
            if not name or set(name) & set("*,<>") or name.startswith(("_", "-")):
                msg = f"only exact names of indexes can be deleted, not {name!r}"
                raise ValueError(msg)
        for start in range(0, len(names), _NAMES_AT_ONCE):
            some = names[start : start + _NAMES_AT_ONCE]
            self.require_available(some)
            self.request("DELETE", f"/{joined(some)}", params={"ignore_unavailable": "true"})
