"""Move records from one record type to another, while a site goes on writing.

See the command ``djelme_migrate``.
"""

from elasticsearch_metrics.migration.declaration import Migration
from elasticsearch_metrics.migration.document.hit import Hit
from elasticsearch_metrics.migration.errors import (
    MigrationDeclarationError,
    MigrationError,
    MigrationLockedError,
)

__all__ = (
    "Hit",
    "Migration",
    "MigrationDeclarationError",
    "MigrationError",
    "MigrationLockedError",
)
