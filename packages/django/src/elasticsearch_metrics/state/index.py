"""An index that keeps state: made before it is written to, and verified.

Elasticsearch makes an index with guessed mappings for a write to any name that is missing. So
documents are only asked for and written by an alias that has capitals, which no index can have: a
write without the alias is refused. The index gets its alias after its mapping was verified.

The index has a template, too, which outlives it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendRefusedError
from elasticsearch_metrics.state.search import path_of, search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from djelme.errors import IncompleteAnswerError
    from elasticsearch_metrics.backend.rest import RestBackend
    from elasticsearch_metrics.state.kind import StateIndexError, StateKind

__all__ = ("StateIndex", "is_missing")

_ALIAS_SUFFIX = "_STATE"
#: Most documents that an index may have to be made anew with them.
_PAGE = 10_000
#: Above everything that sites use: on version 8 the highest one alone makes an index.
_TEMPLATE_PRIORITY = 1_000_000
_SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
_PROPERTIES: Mapping[str, Mapping[str, Any]] = {
    "kind": {"type": "keyword"},
    "changed": {"type": "date"},
    # Kept as it is, and not searched.
    "state": {"type": "object", "enabled": False},
}


def is_missing(error: BackendRefusedError | IncompleteAnswerError) -> bool:
    """Return whether a request has no answer because its index or alias doesn't exist."""
    return "index_not_found_exception" in error.reason or (
        "invalid_index_name_exception" in error.reason
    )


class StateIndex:
    """The index in one cluster.

    Args:
        backend: the cluster.
        name: name of the index, and of its template.
        kind: what it is about.

    Attributes:
        backend: see there.
        name: see there.
        kind: see there.
        alias: by what name its documents are asked for and written.
    """

    def __init__(self, backend: RestBackend, name: str, kind: StateKind) -> None:
        self.backend = backend
        self.kind = kind
        self._properties = {kind.subject: {"type": "keyword"}, **_PROPERTIES}
        self._mapping = {
            "dynamic": "strict",
            "_source": {"enabled": True},
            "properties": self._properties,
        }
        self.name = name
        self.alias = f"{name}{_ALIAS_SUFFIX}"

    def make(self) -> None:
        """Make it, unless it is there; then it is verified, and repaired where that is harmless.

        Raises:
            djelme.errors.DjelmeError: the kind's ``index_error``, if there is one that can't be
                used.
        """
        self.put_template(self.template_meta())
        if not self.verify(repair=True):
            self._create()
            self.verify(repair=True)  # A template of others may have added to it.

    def verify(self, *, repair: bool = False) -> bool:
        """Look whether the index that is there can be used, and let it have its alias.

        Args:
            repair: make it anew if its mapping is wrong and it has nothing but state.

        Returns:
            False if there is none.

        Raises:
            djelme.errors.DjelmeError: the kind's ``index_error``, if it can't be used.
        """
        fault = self._fault()
        if fault is None:
            return False
        if not fault:
            self._put_alias()
            return True
        if not repair:
            msg = (
                f"{fault}; a write has made it, not djelme. The next step that changes something, "
                f"such as {self.kind.repairing_command}, makes it anew if it has nothing but state"
            )
            raise self._error(msg)
        self._replace(fault)
        return True

    # The template.

    def template_meta(self) -> Mapping[str, Any]:
        """Return the ``_meta`` of the template's mapping, which outlives the index."""
        return {}

    def put_template(self, meta: Mapping[str, Any]) -> None:
        """Create or replace the index template."""
        mapping = {**self._mapping, "_meta": meta} if meta else self._mapping
        body = self.backend.make_template(
            [self.name], settings=_SETTINGS, mapping=mapping, priority=_TEMPLATE_PRIORITY
        )
        self.backend.put_template(self.name, body)

    # The index itself.

    def before_replaced(self, documents: Sequence[Mapping[str, Any]]) -> None:
        """Prepare for the index to be made anew with its documents."""

    def _create(self) -> None:
        mappings = self.backend.features.to_mappings(self._mapping)
        body = {"settings": _SETTINGS, "mappings": mappings}
        try:
            self.backend.request("PUT", path_of(self.name), body=body)
        except BackendRefusedError as error:
            if "already_exists" not in error.reason:
                raise

    def _put_alias(self) -> None:
        self.backend.request("PUT", path_of(self.name, "_alias", self.alias))

    def _fault(self) -> str | None:
        """Return what is wrong with the index, empty if nothing is; None if there is none."""
        try:
            answer = self.backend.request("GET", path_of(self.name, "_mapping"))
        except BackendRefusedError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        if len(answer) > 1:
            msg = f"is an alias of several indexes ({', '.join(answer)}); remove it"
            raise self._error(msg)
        if not answer:
            return None
        (found,) = answer.values()
        mapping = self.backend.features.from_mappings(found["mappings"])
        return self._fault_of(mapping)

    def _replace(self, fault: str) -> None:
        """Make the index anew, with the documents that it has.

        They are in memory alone for a moment.
        """
        hits = self._documents(fault)
        self.before_replaced([hit["_source"] for hit in hits])
        self.put_template(self.template_meta())
        self.backend.delete_indexes([self.name])
        self._create()
        if fault := self._fault() or "":
            msg = f"{fault}, although it was made anew: another template changes it"
            raise self._error(msg)
        self._put_alias()
        for hit in hits:
            path = path_of(self.alias, self.backend.features.document_type, hit["_id"])
            self.backend.request("PUT", path, body=hit["_source"])

    def _documents(self, fault: str) -> Sequence[Mapping[str, Any]]:
        """Return the documents of an index with a fault, if all of them are state."""
        self.backend.refresh([self.name])
        body = {"size": _PAGE, "query": {"match_all": {}}}
        answer = search(self.backend, [self.name], body)
        hits: list[Mapping[str, Any]] = answer["hits"]["hits"]
        total = answer["hits"]["total"]
        foreign = [hit for hit in hits if hit.get("_source", {}).keys() != self._properties.keys()]
        if foreign or (total["value"] if isinstance(total, dict) else total) > len(hits):
            which = f"such as {foreign[0]['_id']}" if foreign else "too many to be looked at"
            msg = (
                f"{fault}, and has documents that are no state of {self.kind.subject}s ({which}), "
                f"so it is left as it is. Move them to another index, delete {self.name}, and run "
                f"the command again"
            )
            raise self._error(msg)
        return hits

    def _fault_of(self, mapping: Mapping[str, Any]) -> str:
        """Return what is wrong with a mapping, empty if nothing is."""
        if mapping.get("_source", {}).get("enabled", True) in {False, "false"}:
            return "keeps no _source"
        if mapping.get("dynamic") != "strict":
            return "has guessed mappings"
        properties = mapping.get("properties", {})
        for name, wanted in self._properties.items():
            found = properties.get(name, {})
            if {key: found.get(key) for key in wanted} != wanted:
                return f"has a wrong mapping for field {name!r} ({found.get('type', 'none')})"
        return ""

    def _error(self, message: str) -> StateIndexError:
        return self.kind.index_error(message, index=self.name, backend=self.backend.name)
