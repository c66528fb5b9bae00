"""Create or update index templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from djelme.errors import BackendError, BackendUnreachableError, DjelmeError
from elasticsearch_metrics.management.base import (
    NO_RECORDTYPES,
    RecordTypesCommand,
    failure_total,
)
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("Command",)


class Command(RecordTypesCommand):
    """Creates or updates the index templates of record types."""

    help = (
        "Create the index templates of the record types of all apps, or of some, and update those "
        "that differ. Indexes that exist already stay as they are. Goes on with the other backends "
        "if one does not answer, and exits with 1 then."
    )
    examples = ("djelme_backend_setup", "djelme_backend_setup myapp")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Set up one record type after the other.

        Raises:
            CommandError: if some could not be set up.
        """
        recordtypes = self.get_recordtypes(options["app_label"])
        if not recordtypes:
            self.stdout.write(NO_RECORDTYPES)
            return
        failures: list[str] = []
        away: dict[str, BackendError] = {}
        for recordtype in recordtypes:
            backend = djelme_registry.backend_name_for(recordtype)
            name = recordtype.get_timeseries_template_name()
            try:
                shown = self._set_up(recordtype, away.get(backend))
            except DjelmeError as error:
                failures.append(str(error))
                shown = self.style.ERROR(str(error))
                if isinstance(error, BackendUnreachableError):
                    away[backend] = error
            self.stdout.write(
                f"{recordtype.djelme.label}: index template {name} in backend {backend}: {shown}"
            )
        if failures:
            raise CommandError(failure_total(failures, len(recordtypes), "set up"))

    def _set_up(self, recordtype: type[RecordType], known: BackendError | None) -> str:
        """Set a type up, and say what was done.

        Raises:
            BackendError: if it can't be; the one that is known of its backend already.
        """
        if known is not None:
            raise known
        changed = recordtype.sync_index_template()
        return self.style.SUCCESS("set up") if changed else "already set up"
