"""All steps, in the order in which they are usually taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elasticsearch_metrics.migration.management.migrate.backfill import BackfillStep
from elasticsearch_metrics.migration.management.migrate.cutover import CutoverStep
from elasticsearch_metrics.migration.management.migrate.finish import FinishStep
from elasticsearch_metrics.migration.management.migrate.listing import ListStep
from elasticsearch_metrics.migration.management.migrate.plan import PlanStep
from elasticsearch_metrics.migration.management.migrate.rollback import RollbackStep
from elasticsearch_metrics.migration.management.migrate.start import StartStep
from elasticsearch_metrics.migration.management.migrate.status import StatusStep
from elasticsearch_metrics.migration.management.migrate.verify import VerifyStep

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.management.migrate.interface import Step

__all__ = ("STEPS",)

STEPS: tuple[Step, ...] = (
    ListStep(),
    StatusStep(),
    PlanStep(),
    StartStep(),
    BackfillStep(),
    VerifyStep(),
    CutoverStep(),
    FinishStep(),
    RollbackStep(),
)
