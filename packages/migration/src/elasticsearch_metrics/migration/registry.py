"""The migrations of a site, by name."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from elasticsearch_metrics.migration.errors import MigrationDeclarationError, MigrationError
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.migration.specification import MigrationSpecification

__all__ = ("MigrationRegistry", "migration_registry")


class MigrationRegistry:
    """All migrations that were declared."""

    def __init__(self) -> None:
        self._migrations: dict[str, type[MigrationSpecification]] = {}
        self._by_source: dict[type[RecordType], list[type[MigrationSpecification]]] = {}
        self._by_target: dict[type[RecordType], list[type[MigrationSpecification]]] = {}

    def register(self, migration: type[MigrationSpecification]) -> None:
        """Add a migration.

        Raises:
            MigrationDeclarationError: if its app has another one of the same name.
        """
        other = self._migrations.get(migration.name)
        if other is not None:
            msg = (
                f"there is another migration {migration.name!r}, in module {other.__module__!r}; "
                f"rename one of them"
            )
            raise MigrationDeclarationError(msg, migration=migration.__name__)
        self._migrations[migration.name] = migration
        self._by_source.setdefault(migration.source, []).append(migration)
        self._by_target.setdefault(migration.target, []).append(migration)
        djelme_registry.on_failure(partial(self.unregister, migration))

    def unregister(self, migration: type[MigrationSpecification]) -> None:
        """Forget a migration."""
        del self._migrations[migration.name]
        self._by_source[migration.source].remove(migration)
        self._by_target[migration.target].remove(migration)

    def get(self, name: str) -> type[MigrationSpecification]:
        """Return a migration by name, ``app_label.ClassName``, in any case.

        Raises:
            MigrationError: if there is none; the message names those that there are.
        """
        for known, migration in self._migrations.items():
            if known.lower() == name.lower():
                return migration
        names = ", ".join(sorted(self._migrations)) or "none"
        msg = (
            f"there is no migration of this name (there are: {names}); migrations are declared "
            f"in an app's metrics.py or djelme_migrations.py"
        )
        raise MigrationError(msg, migration=name)

    def each(self, app_label: str | None = None) -> Iterator[type[MigrationSpecification]]:
        """Yield the migrations of one app or of all, ordered by name."""
        for _, migration in sorted(self._migrations.items()):
            if app_label in {None, migration.app_label}:
                yield migration

    def of_source(self, recordtype: type[RecordType]) -> tuple[type[MigrationSpecification], ...]:
        """Return the migrations away from a record type."""
        return tuple(self._by_source.get(recordtype, ()))

    def of_target(self, recordtype: type[RecordType]) -> tuple[type[MigrationSpecification], ...]:
        """Return the migrations to a record type."""
        return tuple(self._by_target.get(recordtype, ()))

    @contextlib.contextmanager
    def isolated(self) -> Iterator[None]:
        """Forget, when the block ends, the migrations that were declared in it."""
        before = (
            dict(self._migrations),
            {source: list(found) for source, found in self._by_source.items()},
            {target: list(found) for target, found in self._by_target.items()},
        )
        try:
            yield
        finally:
            self._migrations, self._by_source, self._by_target = before


migration_registry = MigrationRegistry()
