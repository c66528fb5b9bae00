"""What can go wrong with a migration; the messages name the next step."""

from __future__ import annotations

from djelme.errors import DjelmeError
from elasticsearch_metrics.state.kind import StateIndexError

__all__ = (
    "MigrationDeclarationError",
    "MigrationError",
    "MigrationLockedError",
    "MigrationPhaseUnknownError",
    "MigrationStateConflictError",
    "MigrationStateIndexError",
    "MigrationStateLostError",
)


class MigrationDeclarationError(DjelmeError, TypeError):
    """A migration is declared in a way that can't work.

    Attributes:
        migration: name of the class.
    """

    def __init__(self, message: str, *, migration: str) -> None:
        super().__init__(f"{migration}: {message}")
        self.migration = migration


class MigrationError(DjelmeError):
    """A step of a migration can't be done now.

    Attributes:
        migration: name of the migration, ``app_label.ClassName``.
    """

    def __init__(self, message: str, *, migration: str) -> None:
        super().__init__(f"{migration}: {message}")
        self.migration = migration


class MigrationLockedError(MigrationError):
    """Another runner works on the migration.

    Attributes:
        owner: who it is, in words.
        since: when it began, in UTC and ISO 8601.
    """

    def __init__(self, message: str, *, migration: str, owner: str, since: str) -> None:
        super().__init__(message, migration=migration)
        self.owner = owner
        self.since = since


class MigrationStateConflictError(MigrationError):
    """The kept state was changed by somebody else at the same moment."""


class MigrationStateLostError(MigrationError):
    """A migration was started, and what was kept about it is gone, so its phase isn't known."""


class MigrationPhaseUnknownError(MigrationError):
    """The phase could not be read yet, so it isn't known which side to ask."""


class MigrationStateIndexError(StateIndexError):
    """The index for the state of migrations can't be used."""
