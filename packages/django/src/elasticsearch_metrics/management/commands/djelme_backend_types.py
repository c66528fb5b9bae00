"""List record types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.quantity import duration
from elasticsearch_metrics.management.base import NO_RECORDTYPES, RecordTypesCommand
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("Command",)


class Command(RecordTypesCommand):
    """Lists record types, their backends and the names of their indexes."""

    help = "List the record types of all apps, or of some. Connects to no cluster."
    examples = ("djelme_backend_types", "djelme_backend_types myapp --format json")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add app labels and format."""
        super().add_arguments(parser)
        self.add_format_argument(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """List them."""
        described = [_describe(found) for found in self.get_recordtypes(options["app_label"])]
        if options["format"] == "json":
            self.write_json(described)
        elif not described:
            self.stdout.write(NO_RECORDTYPES)
        else:
            headings = ("record type", "backend", "index template", "pattern", "time", "kept for")
            rows = [tuple((row | {"expiration": _kept(row)}).values()) for row in described]
            # The pattern begins with the name of the template.
            self.write_table(headings, rows, spare=("index template",))


def _describe(recordtype: type[RecordType]) -> dict[str, Any]:
    placement = djelme_registry.placement(recordtype)
    expiration = recordtype.djelme.options.expiration
    return {
        "recordtype": recordtype.djelme.label,
        "backend": djelme_registry.backend_name_for(recordtype),
        "template_name": placement.naming.template_name,
        "template_pattern": placement.pattern,
        # Records without a time have one index.
        "timedepth": placement.naming.timedepth.name.lower() if recordtype.TIME_FIELD else None,
        "expiration": None if expiration is None else expiration.total_seconds(),
    }


def _kept(row: dict[str, Any]) -> str | None:
    return None if row["expiration"] is None else duration(row["expiration"])
