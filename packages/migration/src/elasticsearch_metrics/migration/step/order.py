"""All steps, in the order in which they are usually taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elasticsearch_metrics.migration.step.backfill import BackfillStep
from elasticsearch_metrics.migration.step.cutover import CutoverStep
from elasticsearch_metrics.migration.step.finish import FinishStep
from elasticsearch_metrics.migration.step.listing import ListStep
from elasticsearch_metrics.migration.step.plan import PlanStep
from elasticsearch_metrics.migration.step.rollback import RollbackStep
from elasticsearch_metrics.migration.step.start import StartStep
from elasticsearch_metrics.migration.step.status import StatusStep
from elasticsearch_metrics.migration.step.verify import VerifyStep

if TYPE_CHECKING:
    from elasticsearch_metrics.migration.step.interface import Step

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
