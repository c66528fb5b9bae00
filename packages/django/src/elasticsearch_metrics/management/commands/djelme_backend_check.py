"""Compare index templates with the record types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from djelme.errors import BackendError, ConfigurationError
from elasticsearch_metrics.backend.deadline import answered_within
from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.delivery.spool_status import spool_status
from elasticsearch_metrics.health.report import check_recordtype
from elasticsearch_metrics.lifecycle.auto_creation import check_auto_creation
from elasticsearch_metrics.management.base import RecordTypesCommand
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("Command",)

#: How long a backend may take to say its version, or what a record type has there, in seconds.
ANSWER_TIMEOUT = 5.0
_STATES = {
    "in sync": "in sync",
    "missing": "there is no index template",
    "differs": "the index template differs from the class",
    "overridden": "other index templates make its indexes",
    "index differs": "its present index was made otherwise than the class declares",
    "unknown": "could not be checked",
}


class Command(RecordTypesCommand):
    """Compares index templates with the record types."""

    help = (
        "Check that backends answer, and that the index templates of the record types of all apps, "
        "or of some, are as the classes declare. Exits with 1 if not, and says what differs."
    )
    examples = ("djelme_backend_check", "djelme_backend_check myapp --format json")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add app labels and format."""
        super().add_arguments(parser)
        self.add_format_argument(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check backends first, then one record type after the other."""
        recordtypes = self.get_recordtypes(options["app_label"])
        names = dict.fromkeys(map(djelme_registry.backend_name_for, recordtypes))
        backends = [_check_backend(name) for name in names]
        by_name = {backend["name"]: backend for backend in backends}
        checked = [_check_recordtype(recordtype, by_name) for recordtype in recordtypes]
        if options["format"] == "json":
            self.write_json({"backends": backends, "recordtypes": checked})
        else:
            self._write(backends, checked)
        problems = [*_unchecked(backends, checked), *_out_of_sync(checked)]
        if problems:
            raise CommandError("; ".join(problems))

    def _write_delivery(self, name: str) -> None:
        status = spool_status(djelme_registry.get_backend(name))
        style = self.style.WARNING if status.dead or status.error else str
        self.stdout.write(f"  delivery: {style(status.words)}")
        for problem in status.problems:
            self.stdout.write(self.style.WARNING(f"  {problem}"))

    def _write(self, backends: list[dict[str, Any]], checked: list[dict[str, Any]]) -> None:
        for backend in backends:
            state = (
                self.style.ERROR(backend["error"])
                if backend["error"]
                else f"{_product(backend['name'])} {backend['server_version']}"
            )
            self.stdout.write(f"backend {backend['name']}: {state}")
            if backend["delivery"] is not None:
                self._write_delivery(backend["name"])
            for warning in backend["warnings"]:
                told = f"{warning['id']}: {warning['message']}. {warning['hint']}"
                self.stdout.write(self.style.WARNING(f"  {told}"))
        for row in checked:
            good = row["state"] == "in sync"
            style = self.style.SUCCESS if good else self.style.ERROR
            self.stdout.write(
                f"{row['recordtype']}: {row['template_name']} in {row['backend']}: "
                f"{style(_STATES[row['state']])}"
                f"{''.join(f' ({name})' for name in row['overridden_by'])}"
            )
            for difference in row["differences"]:
                self.stdout.write(
                    f"    {difference['path']}: the class has {difference['expected']}, "
                    f"the server {difference['found']}"
                )


def _product(backend_name: str) -> str:
    """Return what the servers of a backend are."""
    backend = djelme_registry.get_backend(backend_name)
    return backend.features.product if isinstance(backend, RestBackend) else "version"


def _unchecked(backends: list[dict[str, Any]], checked: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what is to be said of backends that didn't answer."""
    unknown = sum(row["state"] == "unknown" for row in checked)
    away = sum(bool(backend["error"]) for backend in backends)
    if unknown or away:
        yield (
            f"{unknown} of {len(checked)} record types could not be checked, since {away} of "
            f"{len(backends)} backends did not answer as expected; see the errors of the backends"
        )


def _out_of_sync(checked: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what is to be said of record types that aren't set up."""
    overridden = sum(row["state"] == "overridden" for row in checked)
    if overridden:
        yield (
            f"{overridden} of {len(checked)} record types get indexes by index templates of "
            f"others: give those a lower priority or order, or other index patterns"
        )
    made_before = sum(row["state"] == "index differs" for row in checked)
    if made_before:
        yield (
            f"{made_before} of {len(checked)} record types have an index that was made otherwise: "
            f"copy it to one that their template makes, or wait for the next one"
        )
    wrong = sum(row["state"] in {"missing", "differs"} for row in checked)
    if wrong:
        yield (
            f"{wrong} of {len(checked)} record types are not in sync; set them up with: "
            f"python manage.py djelme_backend_setup"
        )


def _check_backend(name: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": name,
        "server_version": None,
        "error": None,
        "delivery": None,
        "auto_create_index": None,
        "warnings": [],
    }
    try:
        backend = djelme_registry.get_backend(name)
        described["delivery"] = spool_status(backend).to_dict()
        described["server_version"] = backend.server_version(timeout=ANSWER_TIMEOUT)
        # Of all apps, whichever were asked for: the setting is one for them all.
        recordtypes = djelme_registry.recordtypes_by_backend().get(name, ())
        setting, warnings = check_auto_creation(backend, recordtypes, timeout=ANSWER_TIMEOUT)
    except (BackendError, ConfigurationError) as error:
        described["error"] = str(error)
        return described
    described["auto_create_index"] = setting.value if setting else None
    described["warnings"] = [
        {"id": warning.id, "message": warning.msg, "hint": warning.hint} for warning in warnings
    ]
    return described


def _check_recordtype(
    recordtype: type[RecordType], backends: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    backend = djelme_registry.backend_name_for(recordtype)
    row: dict[str, Any] = {
        "recordtype": recordtype.djelme.label,
        "backend": backend,
        "template_name": recordtype.get_timeseries_template_name(),
        "state": "in sync",
        "overridden_by": [],
        "differences": [],
    }
    if backends[backend]["error"]:
        row["state"] = "unknown"
        return row
    try:
        with answered_within(ANSWER_TIMEOUT):
            found = check_recordtype(recordtype, with_index=True)
    except BackendError as error:  # it went away meanwhile, or lets nobody read templates
        row["state"] = "unknown"
        backends[backend]["error"] = str(error)
        return row
    row["state"] = "overridden" if found.overridden_by else found.state
    row["overridden_by"] = list(found.overridden_by)
    row["differences"] = [
        {"path": item.path, "expected": item.expected, "found": item.found}
        for item in found.differences
    ]
    return row
