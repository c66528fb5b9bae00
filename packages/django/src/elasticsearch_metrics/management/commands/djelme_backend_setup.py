"""Create or update index templates."""

from __future__ import annotations

from typing import Any

from elasticsearch_metrics.management.base import RecordTypesCommand
from elasticsearch_metrics.registry import djelme_registry

__all__ = ("Command",)


class Command(RecordTypesCommand):
    """Creates or updates the index templates of record types."""

    help = (
        "Create the index templates of the record types of all apps, or of some, and update those "
        "that differ. Indexes that exist already stay as they are."
    )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Set up one record type after the other."""
        recordtypes = self.get_recordtypes(options["app_label"])
        if not recordtypes:
            self.stdout.write(
                "There are no record types; they are declared in an app's metrics.py."
            )
        for recordtype in recordtypes:
            changed = recordtype.sync_index_template()
            what = self.style.SUCCESS("set up") if changed else "already set up"
            backend = djelme_registry.backend_name_for(recordtype)
            name = recordtype.get_timeseries_template_name()
            self.stdout.write(
                f"{recordtype.djelme.label}: index template {name} in backend {backend}: {what}"
            )
