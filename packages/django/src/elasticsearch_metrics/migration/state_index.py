"""The index that keeps the state of migrations: made before it is written to, and verified.

Elasticsearch makes an index with guessed mappings for a write to any name that is missing. So
documents are only asked for and written by an alias that has capitals, which no index can have: a
write without the alias is refused. The index gets its alias after its mapping was verified.

The index has a template, too, whose ``_meta`` remembers which migrations have begun. It outlives
the index: a migration that it remembers and that has no state has lost it, and isn't new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.errors import BackendRefusedError
from elasticsearch_metrics.migration.errors import MigrationStateIndexError
from elasticsearch_metrics.migration.search import path_of, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from elasticsearch_metrics.backend.rest import RestBackend

__all__ = ("StateIndex", "is_missing")

_NOT_FOUND = 404
_ALIAS_SUFFIX = "_STATE"
#: Most documents that an index may have to be made anew with them.
_PAGE = 10_000
#: Above everything that sites use: on version 8 the highest one alone makes an index.
_TEMPLATE_PRIORITY = 1_000_000
_SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
_MAPPING = {
    "dynamic": "strict",
    "_source": {"enabled": True},
    "properties": {
        "migration": {"type": "keyword"},
        "kind": {"type": "keyword"},
        "changed": {"type": "date"},
        # Kept as it is, and not searched.
        "state": {"type": "object", "enabled": False},
    },
}
_PROPERTIES: Mapping[str, Mapping[str, Any]] = _MAPPING["properties"]  # type: ignore[assignment]


def is_missing(error: BackendRefusedError) -> bool:
    """Return whether a request was refused because its index or alias doesn't exist."""
    return "index_not_found_exception" in error.reason or (
        "invalid_index_name_exception" in error.reason
    )


class StateIndex:
    """The index in one cluster.

    Args:
        backend: the cluster.
        name: name of the index, and of its template.

    Attributes:
        name: see there.
        alias: by what name its documents are asked for and written.
    """

    def __init__(self, backend: RestBackend, name: str) -> None:
        self._backend = backend
        self.name = name
        self.alias = f"{name}{_ALIAS_SUFFIX}"

    def make(self) -> None:
        """Make it, unless it is there; then it is verified, and repaired where that is harmless.

        Raises:
            MigrationStateIndexError: if there is one that can't be used.
        """
        self._put_template(self.remembered())
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
            MigrationStateIndexError: if it can't be used.
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
                f"such as djelme_migrate start, makes it anew if it has nothing but state"
            )
            raise self._error(msg)
        self._replace(fault)
        return True

    # What outlives the index.

    def remembered(self) -> frozenset[str]:
        """Return the names of the migrations that have begun."""
        template = self._backend.get_template(self.name)
        if template is None:
            return frozenset()
        mappings = template.get("template", template).get("mappings", {})
        mapping = self._backend.features.from_mappings(mappings)
        return frozenset(mapping.get("_meta", {}).get("migrations", ()))

    def remember(self, migration: str) -> None:
        """Remember that a migration has begun."""
        known = self.remembered()
        if migration not in known:
            self._put_template({*known, migration})

    def forget(self, migration: str) -> None:
        """Remember no more that a migration has begun."""
        known = self.remembered()
        if migration in known:
            self._put_template(known - {migration})

    def _put_template(self, migrations: Iterable[str]) -> None:
        mapping = {**_MAPPING, "_meta": {"migrations": sorted(migrations)}}
        body = self._backend.make_template(
            [self.name], settings=_SETTINGS, mapping=mapping, priority=_TEMPLATE_PRIORITY
        )
        self._backend.put_template(self.name, body)

    # The index itself.

    def _create(self) -> None:
        mappings = self._backend.features.to_mappings(_MAPPING)
        body = {"settings": _SETTINGS, "mappings": mappings}
        try:
            self._backend.request("PUT", path_of(self.name), body=body)
        except BackendRefusedError as error:
            if "already_exists" not in error.reason:
                raise

    def _put_alias(self) -> None:
        self._backend.request("PUT", path_of(self.name, "_alias", self.alias))

    def _fault(self) -> str | None:
        """Return what is wrong with the index, empty if nothing is; None if there is none."""
        try:
            answer = self._backend.request("GET", path_of(self.name, "_mapping"))
        except BackendRefusedError as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        if len(answer) > 1:
            msg = f"is an alias of several indexes ({', '.join(answer)}); remove it"
            raise self._error(msg)
        if not answer:
            return None
        (found,) = answer.values()
        mapping = self._backend.features.from_mappings(found["mappings"])
        return _fault_of(mapping)

    def _replace(self, fault: str) -> None:
        """Make the index anew, with the documents that it has.

        They are in memory alone for a moment. Should that be the end, the migrations that they are
        about are remembered, so that they have lost their state rather than never begun.
        """
        hits = self._documents(fault)
        begun = {
            hit["_source"]["migration"]
            for hit in hits
            if hit["_source"]["kind"] == "migration" and hit["_source"]["state"]["phase"] != "new"
        }
        self._put_template({*self.remembered(), *begun})
        self._backend.delete_indexes([self.name])
        self._create()
        if fault := self._fault() or "":
            msg = f"{fault}, although it was made anew: another template changes it"
            raise self._error(msg)
        self._put_alias()
        for hit in hits:
            path = path_of(self.alias, self._backend.features.document_type, hit["_id"])
            self._backend.request("PUT", path, body=hit["_source"])

    def _documents(self, fault: str) -> Sequence[Mapping[str, Any]]:
        """Return the documents of an index with a fault, if all of them are state."""
        self._backend.refresh([self.name])
        body = {"size": _PAGE, "query": {"match_all": {}}}
        answer = search(self._backend, [self.name], body)
        hits: list[Mapping[str, Any]] = answer["hits"]["hits"]
        total = answer["hits"]["total"]
        foreign = [hit for hit in hits if hit.get("_source", {}).keys() != _PROPERTIES.keys()]
        if foreign or (total["value"] if isinstance(total, dict) else total) > len(hits):
            which = f"such as {foreign[0]['_id']}" if foreign else "too many to be looked at"
            msg = (
                f"{fault}, and has documents that are no state of migrations ({which}), so it is "
                f"left as it is. Move them to another index, delete {self.name}, and run the "
                f"command again"
            )
            raise self._error(msg)
        return hits

    def _error(self, message: str) -> MigrationStateIndexError:
        return MigrationStateIndexError(message, index=self.name, backend=self._backend.name)


def _fault_of(mapping: Mapping[str, Any]) -> str:
    """Return what is wrong with a mapping, empty if nothing is."""
    if mapping.get("_source", {}).get("enabled", True) in {False, "false"}:
        return "keeps no _source"
    if mapping.get("dynamic") != "strict":
        return "has guessed mappings"
    properties = mapping.get("properties", {})
    for name, wanted in _PROPERTIES.items():
        found = properties.get(name, {})
        if {key: found.get(key) for key in wanted} != wanted:
            return f"has a wrong mapping for field {name!r} ({found.get('type', 'none')})"
    return ""
