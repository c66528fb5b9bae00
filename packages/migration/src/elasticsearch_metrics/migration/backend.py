"""The backends of both sides of a migration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.migration.errors import MigrationError

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.specification import MigrationSpecification

__all__ = ("rest_backend",)


def rest_backend(migration: type[MigrationSpecification], recordtype: type[Any]) -> RestBackend:
    """Return the backend of one side of a migration.

    Raises:
        MigrationError: if it is of a kind that can't take part.
        djelme.errors.ConfigurationError: if there is none.
    """
    backend = recordtype.get_backend()
    if not isinstance(backend, RestBackend):
        msg = (
            f"backend {backend.name!r} of {recordtype.djelme.label} can't take part in a migration"
        )
        raise MigrationError(msg, migration=migration.name)
    return backend
