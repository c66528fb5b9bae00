"""What Elasticsearch 6 refuses for the document's own sake."""

from __future__ import annotations

from elasticsearch_metrics.backend.record_fault import COMMON_FAULTS, RecordFault

__all__ = ("RECORD_FAULTS",)

RECORD_FAULTS = (
    *COMMON_FAULTS,
    RecordFault(
        "json_parse_exception",
        "Jackson's JsonParseException: damaged lines of an operation",
    ),
)
