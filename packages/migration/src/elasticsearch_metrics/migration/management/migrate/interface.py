"""What all steps of the command ``djelme_migrate`` have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elasticsearch_metrics.migration.context import MigrationContext
    from elasticsearch_metrics.migration.management.migrate.console import Console
    from elasticsearch_metrics.migration.management.migrate.option import Option
    from elasticsearch_metrics.migration.specification import MigrationSpecification

__all__ = ("Step",)


class Step:
    """A step.

    Attributes:
        name: what is typed.
        help: what it does, in a sentence.
        takes_name: whether it is about one migration.
        name_is_optional: without a name it is about all of them.
        has_format: whether it writes JSON, if asked to.
        options: its own options, beside ``--format``.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    takes_name: ClassVar[bool] = True
    name_is_optional: ClassVar[bool] = False
    has_format: ClassVar[bool] = False
    options: ClassVar[Sequence[Option]] = ()

    def run(self, console: Console, context: MigrationContext) -> None:
        """Do it for one migration."""
        raise NotImplementedError

    def run_all(self, console: Console, migrations: Sequence[type[MigrationSpecification]]) -> None:
        """Do it for all migrations."""
        raise NotImplementedError
