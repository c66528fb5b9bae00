from __future__ import annotations

import pytest

from elasticsearch_metrics.backend.record_fault import RecordFault, is_repairable

FAULTS = (
    RecordFault("document_parsing_exception", "source"),
    RecordFault("illegal_argument_exception", "source", r"Document contains"),
)


@pytest.mark.parametrize(
    ("status", "error", "repairable"),
    [
        (400, {"type": "document_parsing_exception", "reason": "failed to parse"}, False),
        (400, {"error": {"type": "document_parsing_exception", "reason": "so"}}, False),
        (400, {"type": "illegal_argument_exception", "reason": "Document contains it"}, False),
        (400, {"type": "illegal_argument_exception", "reason": "no write index"}, True),
        (400, {"type": "illegal_argument_exception"}, True),
        (400, {"type": "index_closed_exception", "reason": "closed"}, True),
        (400, {"type": "of_a_later_version_exception", "reason": "Document contains"}, True),
        (400, "<html>Bad Request</html>", True),
        (400, None, True),
        (
            400,
            {
                "type": "document_parsing_exception",
                "reason": "failed to parse",
                "caused_by": {
                    "type": "illegal_argument_exception",
                    "reason": "Limit of total fields [2] has been exceeded",
                },
            },
            True,
        ),
        # Other statuses say by themselves what they are about.
        (413, "<html>Request Entity Too Large</html>", False),
        (403, {"type": "security_exception", "reason": "so"}, False),
    ],
)
def test_only_what_is_known_is_the_record_s_fault(
    status: int, error: object, repairable: bool
) -> None:
    assert is_repairable(status, error, FAULTS) is repairable
