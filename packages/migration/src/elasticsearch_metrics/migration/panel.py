"""A panel of the admin's page about a record type: how its migrations stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from djelme.errors import DjelmeError
from elasticsearch_metrics.migration.context import MigrationContext
from elasticsearch_metrics.migration.phase import Phase
from elasticsearch_metrics.migration.registry import migration_registry
from elasticsearch_metrics.migration.status import read_status
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.utils.functional import _StrPromise

    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.migration.specification import MigrationSpecification
    from elasticsearch_metrics.migration.status import MigrationStatus

__all__ = ("MigrationHealth", "MigrationPanel", "migration_panel")

_ALL = 100
_PHASES = {
    Phase.NEW: _("not begun"),
    Phase.DUAL: _("dual writes: each write to the source also goes to the target"),
    Phase.CUTOVER: _("cut over: reads and writes go to the target, and are still copied"),
    Phase.FINISHED: _("finished"),
}


@dataclass(frozen=True)
class MigrationHealth:
    """How a migration stands.

    Attributes:
        name: of the migration.
        source: label of the record type that records come from.
        target: label of the one that they go to.
        status: how it stands; None if that can't be found out.
        problem: why not.
    """

    name: str
    source: str
    target: str
    status: MigrationStatus | None = None
    problem: str = ""

    @property
    def is_copied(self) -> bool:
        """Whether backfill is through: what came later was written to both sides."""
        return self.status is not None and self.status.state.backfill is not None

    @property
    def percent(self) -> int:
        """How much of the source is copied, in percent, rounded down."""
        if self.is_copied:
            return _ALL
        if self.status is None or not self.status.source_documents:
            return 0
        return min(_ALL, _ALL * self.status.copied // self.status.source_documents)

    @property
    def phase_name(self) -> _StrPromise | str:
        """The phase in words."""
        return _PHASES[self.status.state.phase] if self.status else ""

    @property
    def verification(self) -> Mapping[str, Any] | None:
        """What the last comparison of both sides gave; None if there was none."""
        return self.status.state.verification if self.status else None


class MigrationPanel:
    """The migrations that a record type takes part in."""

    template_name = "admin/elasticsearch_metrics/migration/_migration.html"

    def related(self, recordtype: type[RecordType]) -> Iterator[type[RecordType]]:
        """Yield both sides of each of them."""
        for migration in _migrations_of(recordtype):
            yield migration.source
            yield migration.target

    def rows(
        self, recordtype: type[RecordType], unreachable: Mapping[str, str]
    ) -> Iterator[MigrationHealth]:
        """Yield how each of them stands."""
        for migration in _migrations_of(recordtype):
            yield _health_of(migration, unreachable)


def _migrations_of(recordtype: type[RecordType]) -> Iterator[type[MigrationSpecification]]:
    yield from migration_registry.of_source(recordtype)
    yield from migration_registry.of_target(recordtype)


def _health_of(
    migration: type[MigrationSpecification], unreachable: Mapping[str, str]
) -> MigrationHealth:
    source, target = migration.source, migration.target
    label = (migration.name, source.djelme.label, target.djelme.label)
    try:
        for side in (source, target):
            problem = unreachable.get(djelme_registry.backend_name_for(side))
            if problem:
                return MigrationHealth(*label, problem=problem)
        return MigrationHealth(*label, status=read_status(MigrationContext(migration)))
    except DjelmeError as error:
        return MigrationHealth(*label, problem=str(error))


migration_panel = MigrationPanel()
