"""List the indexes of record types, and delete the expired ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from djelme.errors import BackendError
from djelme.quantity import counted, duration, size
from elasticsearch_metrics.lifecycle.retention import delete_expired, find_expired, report_indexes
from elasticsearch_metrics.management.base import (
    NO_RECORDTYPES,
    RecordTypesCommand,
    failure_total,
)
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    import datetime
    from argparse import ArgumentParser

    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.lifecycle.retention import ExpiredIndex, IndexReport

__all__ = ("Command",)

_HEADINGS = ("index", "documents", "size", "shards", "oldest record", "newest record", "expires")

#: What a narrow terminal does without, and JSON still has.
_SPARE = ("shards", "oldest record", "newest record")


class Command(RecordTypesCommand):
    """Lists indexes, and deletes the expired ones."""

    help = (
        "List the indexes of the record types of all apps, or of some: what is in them, and when "
        "they expire. With --delete-expired, delete the expired ones; indexes with a "
        "record that is still within its time are always kept, and so are all indexes of types "
        "without an expiration."
    )
    examples = (
        "djelme_indexes myapp",
        "djelme_indexes --dry-run",
        "djelme_indexes --delete-expired --noinput",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add app labels, format, and what concerns deletion."""
        super().add_arguments(parser)
        self.add_format_argument(parser)
        parser.add_argument(
            "--delete-expired",
            action="store_true",
            help="delete the expired indexes, after showing them and asking",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="only show which indexes --delete-expired would delete",
        )
        parser.add_argument(
            "--noinput",
            "--no-input",
            "--really-really",
            action="store_false",
            dest="interactive",
            help="delete without asking",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """List indexes, or delete some."""
        recordtypes = self.get_recordtypes(options["app_label"])
        as_json = options["format"] == "json"
        now = utcnow()
        if options["delete_expired"] or options["dry_run"]:
            self._expire(recordtypes, now, as_json=as_json, options=options)
        else:
            self._list(recordtypes, now, as_json=as_json)

    # Listing.

    def _list(
        self, recordtypes: list[type[RecordType]], now: datetime.datetime, *, as_json: bool
    ) -> None:
        rows = []
        away: dict[str, str] = {}
        for recordtype in recordtypes:
            row, reports = _describe(recordtype), []
            try:
                if row["backend"] not in away:
                    reports = report_indexes(recordtype, now)
            except BackendError as error:
                away[error.backend] = str(error)
            row["error"] = away.get(row["backend"])
            row["indexes"] = [_index_row(report) for report in reports]
            for name in ("documents", "bytes", "shards"):
                row[name] = sum(getattr(report, name) for report in reports)
            rows.append(row)
            if not as_json:
                self._write_type(row, reports)
        if as_json:
            self.write_json(rows)
        elif not rows:
            self.stdout.write(NO_RECORDTYPES)
        failures = [row["error"] for row in rows if row["error"]]
        if failures:
            raise CommandError(failure_total(failures, len(rows), "listed"))

    def _write_type(self, row: dict[str, Any], reports: list[IndexReport]) -> None:
        heading = f"{row['recordtype']} in {row['backend']}, {_kept_for(row['expiration'])}: "
        if row["error"]:
            self.stdout.write(f"{heading}{self.style.ERROR(row['error'])}\n\n")
            return
        self.stdout.write(
            f"{heading}{counted(len(reports), 'index', 'indexes')}, "
            f"{counted(row['documents'], 'document')}, {size(row['bytes'])}"
        )
        if reports:
            self.write_table(_HEADINGS, [_cells(report) for report in reports], spare=_SPARE)
        self.stdout.write("")

    # Deleting.

    def _expire(
        self,
        recordtypes: list[type[RecordType]],
        now: datetime.datetime,
        *,
        as_json: bool,
        options: dict[str, Any],
    ) -> None:
        """Show what has expired, ask, and delete it."""
        asks = options["interactive"] and not options["dry_run"]
        if asks and as_json:
            msg = "With --format json nobody can be asked; add --noinput or --dry-run."
            raise CommandError(msg)
        away: dict[str, str] = {}
        found = {}
        for recordtype in recordtypes:
            try:
                found[recordtype] = find_expired(recordtype, now)
            except BackendError as error:
                away[error.backend] = str(error)
        if not as_json:
            self._show_expired(found, is_complete=not away)
        names = {
            recordtype: [item.report.name for item in expired if not item.blocker]
            for recordtype, expired in found.items()
        }
        deletable = sum(map(len, names.values()))
        deletes = deletable > 0 and not options["dry_run"]
        if deletes and asks:
            self._ask(found)
        if deletes:
            for recordtype in found:
                found[recordtype] = self._delete(recordtype, now, names[recordtype], found, away)
        if as_json:
            self.write_json(_expired_rows(found, deleted=deletes))
        else:
            self._conclude(found, deletes=deletes)
        if away:
            raise CommandError("; ".join(away.values()))

    def _delete(
        self,
        recordtype: type[RecordType],
        now: datetime.datetime,
        names: list[str],
        found: dict[type[RecordType], list[ExpiredIndex]],
        away: dict[str, str],
    ) -> list[ExpiredIndex]:
        """Delete some indexes of a type, and return its indexes as they were found then."""
        kept = [item for item in found[recordtype] if item.blocker]
        if not names:
            return kept
        try:
            return kept + delete_expired(recordtype, now, names=names)
        except BackendError as error:
            away[error.backend] = str(error)
            return kept

    def _show_expired(
        self, found: dict[type[RecordType], list[ExpiredIndex]], *, is_complete: bool
    ) -> None:
        rows: list[tuple[object, ...]] = [
            (recordtype.djelme.label, *_cells(item.report), item.blocker or "to be deleted")
            for recordtype, expired in found.items()
            for item in expired
        ]
        if rows:
            headings = ("record type", *_HEADINGS, "what becomes of it")
            self.write_table(headings, rows, spare=(*_SPARE, "record type", "size"), text_last=True)
        elif is_complete:
            self.stdout.write("No index has expired.")
        elif found:
            self.stdout.write("No index has expired in the backends that answer.")

    def _ask(self, found: dict[type[RecordType], list[ExpiredIndex]]) -> None:
        """Ask whether to delete.

        Raises:
            CommandError: if the answer isn't yes, or if nobody is there to answer.
        """
        reports = [
            item.report for expired in found.values() for item in expired if not item.blocker
        ]
        documents = counted(sum(report.documents for report in reports), "document")
        on_disk = size(sum(report.bytes for report in reports))
        self.confirm(
            f"Delete {counted(len(reports), 'index', 'indexes')} with {documents} ({on_disk})? "
            f"They can't be brought back. Type 'yes' to delete: "
        )

    def _conclude(
        self, found: dict[type[RecordType], list[ExpiredIndex]], *, deletes: bool
    ) -> None:
        items = [item for expired in found.values() for item in expired]
        gone = sum(not item.blocker for item in items)
        if items:
            were = "was" if gone == 1 else "were"
            what = f"{were} deleted" if deletes else "would be deleted"
            self.stdout.write(f"{counted(gone, 'index', 'indexes')} {what}, ", ending="")
            kept = counted(len(items) - gone, "expired index", "expired indexes")
            self.stdout.write(f"{kept} kept.")


def _describe(recordtype: type[RecordType]) -> dict[str, Any]:
    expiration = recordtype.djelme.options.expiration
    return {
        "recordtype": recordtype.djelme.label,
        "backend": djelme_registry.backend_name_for(recordtype),
        "expiration": None if expiration is None else expiration.total_seconds(),
    }


def _index_row(report: IndexReport) -> dict[str, Any]:
    return {
        "name": report.name,
        "documents": report.documents,
        "bytes": report.bytes,
        "shards": report.shards,
        "oldest": _iso(report.oldest),
        "newest": _iso(report.newest),
        "expires": _iso(report.expiry),
        "is_expired": report.is_expired,
    }


def _expired_rows(
    found: dict[type[RecordType], list[ExpiredIndex]], *, deleted: bool
) -> list[dict[str, Any]]:
    return [
        {
            **_describe(recordtype),
            **_index_row(item.report),
            "blocker": item.blocker or None,
            "deleted": deleted and not item.blocker,
        }
        for recordtype, expired in found.items()
        for item in expired
    ]


def _cells(report: IndexReport) -> tuple[object, ...]:
    return (
        report.name,
        report.documents,
        size(report.bytes),
        report.shards,
        _minute(report.oldest),
        _minute(report.newest),
        "expired" if report.is_expired else _minute(report.expiry),
    )


def _minute(moment: datetime.datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%d %H:%M")


def _iso(moment: datetime.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _kept_for(seconds: float | None) -> str:
    return "kept for ever" if seconds is None else f"kept for {duration(seconds)}"
