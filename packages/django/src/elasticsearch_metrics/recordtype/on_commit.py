"""Records that are only stored if the database's transaction is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

__all__ = ("CommitRecord",)


class CommitRecord:
    """The part of a record type that knows transactions."""

    @classmethod
    def record_on_commit(
        cls,
        *,
        using: str | None = None,
        database: str | None = None,
        robust: bool = False,
        **fields: Any,
    ) -> Self:
        """Check one record now, and store it when the surrounding transaction is committed.

        After a rollback, of the transaction or of the savepoint, nothing is stored. Without a
        transaction it is stored at once. What isn't given gets its default now: the time of the
        record is that of the call.

        Args:
            using: name of a backend, in place of the type's own.
            database: alias of the database whose transaction it is; None for the default one.
            robust: whether an error in storing is logged by Django in place of raised. The
                transaction is committed by then, in either case.
            **fields: the record's values.

        Returns:
            The record, whose ``meta`` has id and index once it is stored.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value, at once.
        """
        instance = cls.prepared(fields)
        cls.get_backend(using)  # a wrong name is an error now

        def save() -> None:  # a function, as Django logs its name if it fails
            instance.save(using=using)

        transaction.on_commit(save, database, robust)
        return instance

    if TYPE_CHECKING:

        @classmethod
        def prepared(cls, values: Mapping[str, Any]) -> Self: ...  # noqa: D102 - see `BaseRecord`

        @classmethod
        def get_backend(cls, using: str | None = None) -> Any: ...  # noqa: D102 - see `BaseRecord`

        def save(self, using: str | None = None, index: str | None = None) -> str: ...  # noqa: D102
