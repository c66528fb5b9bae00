"""What is kept about migrations, in the cluster of the target.

The index has a template whose ``_meta`` remembers which migrations have begun. It outlives the
index: a migration that it remembers and that has no state has lost it, and isn't new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.migration.backend import rest_backend
from elasticsearch_metrics.migration.errors import (
    MigrationError,
    MigrationLockedError,
    MigrationStateConflictError,
    MigrationStateIndexError,
    MigrationStateLostError,
)
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.state import StateIndex, StateKind
from elasticsearch_metrics.state import StateStore as GenericStateStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elasticsearch_metrics.migration.specification import MigrationSpecification

__all__ = ("MIGRATION_STATE", "MigrationStateIndex", "StateStore")

MIGRATION_STATE = StateKind(
    subject="migration",
    index_name="djelme_migrations",
    repairing_command="djelme_migrate start",
    error=MigrationError,
    locked_error=MigrationLockedError,
    conflict_error=MigrationStateConflictError,
    index_error=MigrationStateIndexError,
)


class MigrationStateIndex(StateIndex):
    """The index in one cluster, whose template remembers which migrations have begun."""

    def remembered(self) -> frozenset[str]:
        """Return the names of the migrations that have begun."""
        template = self.backend.get_template(self.name)
        if template is None:
            return frozenset()
        mappings = template.get("template", template).get("mappings", {})
        mapping = self.backend.features.from_mappings(mappings)
        return frozenset(mapping.get("_meta", {}).get("migrations", ()))

    def remember(self, *migrations: str) -> None:
        """Remember that migrations have begun."""
        known = self.remembered()
        if not known.issuperset(migrations):
            self.put_template(_meta(known.union(migrations)))

    def forget(self, migration: str) -> None:
        """Remember no more that a migration has begun."""
        known = self.remembered()
        if migration in known:
            self.put_template(_meta(known - {migration}))

    def template_meta(self) -> Mapping[str, Any]:
        """Return what the template remembers."""
        return _meta(self.remembered())

    def before_replaced(self, documents: Sequence[Mapping[str, Any]]) -> None:
        """Remember the migrations that the documents are about.

        Should the documents be lost, these have lost their state rather than never begun.
        """
        self.remember(
            *(
                document["migration"]
                for document in documents
                if document["kind"] == "migration" and document["state"]["phase"] != "new"
            )
        )


def _meta(migrations: frozenset[str]) -> dict[str, Any]:
    return {"migrations": sorted(migrations)}


class StateStore(GenericStateStore):
    """The documents about one migration.

    Args:
        migration: the migration.
    """

    home: MigrationStateIndex

    def __init__(self, migration: type[MigrationSpecification]) -> None:
        backend = rest_backend(migration, migration.target)
        prefix = f"{djelme_registry.name_prefix}{backend.default_index_name_prefix}"
        index = f"{prefix}{MIGRATION_STATE.index_name}"
        super().__init__(MigrationStateIndex(backend, index, MIGRATION_STATE), migration.name)
        self._migration = migration

    @property
    def has_begun(self) -> bool:
        """Whether the migration was started, even if its documents are gone."""
        return self._migration.name in self.home.remembered()

    def missing(self) -> MigrationError:
        """Return the error for state that isn't there."""
        name = self._migration.name
        if self.has_begun:
            msg = (
                f"it was started, but its state in index {self.index} of backend "
                f"{self.backend.name!r} is gone, so it isn't known whether the source or the "
                f"target is to be asked. Restore that index from a snapshot; or, if the target "
                f"is right, let the site's code name {self._migration.target.djelme.label} itself; "
                f"or let the source be asked again with: djelme_migrate start {name} --begin-anew"
            )
            return MigrationStateLostError(msg, migration=name)
        msg = f"nothing was begun; begin with: djelme_migrate start {name}"
        return MigrationError(msg, migration=name)
