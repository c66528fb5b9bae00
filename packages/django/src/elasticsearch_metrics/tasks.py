"""What Celery finds here where a site has it: the reports that are due, as a task.

Nothing else imports this module, so djelme doesn't need Celery.
"""

from __future__ import annotations

from celery import shared_task  # type: ignore[import-not-found]
from django.core.management import call_command

__all__ = ("djelme_report",)


def _build_due(*reports: str) -> None:
    call_command("djelme_report", "build", *reports, "--due")


#: ``djelme_report.delay("myapp.MonthlyViews")`` builds what is due of some reports, or of all.
djelme_report = shared_task(name="elasticsearch_metrics.djelme_report")(_build_due)
