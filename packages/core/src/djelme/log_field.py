"""The fields that log records carry beside their message.

They are attributes of `logging.LogRecord`, so that what collects logs can search and count by them
without reading messages. They never hold a value of a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("LOG_FIELD_PREFIX", "log_fields")

#: What the names of all fields begin with.
LOG_FIELD_PREFIX = "djelme_"


def log_fields(
    *,
    backend: str | None = None,
    recordtype: str | None = None,
    index: str | None = None,
    document_id: str | None = None,
    records: int | None = None,
    status: int | None = None,
    reason: str | None = None,
    path: str | Path | None = None,
    migration: str | None = None,
    report: str | None = None,
    app_label: str | None = None,
) -> dict[str, object]:
    """Return the ``extra`` of a log record.

    Args:
        backend: ``djelme_backend``, name of a backend.
        recordtype: ``djelme_recordtype``, label of a record type.
        index: ``djelme_index``, name of an index.
        document_id: ``djelme_document_id``, id of a document.
        records: ``djelme_records``, how many records it is about.
        status: ``djelme_status``, HTTP status of an answer.
        reason: ``djelme_reason``, what a client, a server or the operating system said.
        path: ``djelme_path``, a file or directory.
        migration: ``djelme_migration``, name of a migration.
        report: ``djelme_report``, label of a report.
        app_label: ``djelme_app_label``, label of an app.

    >>> log_fields(backend="main", records=3)
    {'djelme_backend': 'main', 'djelme_records': 3}
    """
    given: dict[str, object] = {
        "backend": backend,
        "recordtype": recordtype,
        "index": index,
        "document_id": document_id,
        "records": records,
        "status": status,
        "reason": reason,
        "path": None if path is None else str(path),
        "migration": migration,
        "report": report,
        "app_label": app_label,
    }
    return {
        f"{LOG_FIELD_PREFIX}{name}": value for name, value in given.items() if value is not None
    }
