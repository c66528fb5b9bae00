"""Tell errors of a record's own from those of its index, its cluster or the site.

Elasticsearch answers both with status 400. A product's table names what is known to be about the
document itself; everything else may be repaired, after which the same document is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from elasticsearch_metrics.backend.answer import reason_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("COMMON_FAULTS", "ELASTICSEARCH_FAULTS", "RecordFault", "is_repairable")


#: A limit of the index that its settings can raise; the document is as it should be.
_LIMIT = re.compile(r"Limit of (?:total fields|mapping depth|nested fields) ")


@dataclass(frozen=True)
class RecordFault:
    """A kind of error that a document causes by itself, in any index with the right mapping.

    Attributes:
        type: the error's ``type`` in answers.
        source: the place in Elasticsearch's code or docs that raises or describes it.
        reason: a pattern that the beginning of its reason matches, where the type alone is
            ambiguous; empty where it isn't.
    """

    type: str
    source: str
    reason: str = ""

    def matches(self, error: dict[str, object]) -> bool:
        """Return whether an error is of this kind."""
        return error.get("type") == self.type and (
            not self.reason or re.match(self.reason, str(error.get("reason"))) is not None
        )


#: Paths are of Elasticsearch's repository at v8.19.3, below server/src/main/java/org/elasticsearch.
COMMON_FAULTS = (
    RecordFault(
        "mapper_parsing_exception",
        "index/mapper/DocumentParser.java before 8.8: a document can't be parsed",
        r"failed to parse|object mapping |Field \[|Malformed content|The number of nested",
    ),
    RecordFault(
        "strict_dynamic_mapping_exception",
        "index/mapper/StrictDynamicMappingException.java: an unknown field",
    ),
    RecordFault(
        "illegal_argument_exception",
        "Lucene's IndexingChain: a term that is too long",
        r"Document contains at least one immense term|DocValuesField .* is too large",
    ),
    RecordFault(
        "illegal_argument_exception",
        "action/bulk/BulkRequestParser.java: damaged lines of an operation",
        r"Malformed action/metadata line",
    ),
    RecordFault(
        "action_request_validation_exception",
        "action/index/IndexRequest.java, validate(): an id that is too long",
        r"Validation Failed: 1: id ",
    ),
)
#: Those of Elasticsearch since version 8.
ELASTICSEARCH_FAULTS = (
    *COMMON_FAULTS,
    RecordFault(
        "document_parsing_exception",
        "index/mapper/DocumentParsingException.java: a document can't be parsed; since 8.8",
    ),
    RecordFault(
        "x_content_parse_exception",
        "xcontent/XContentParseException.java: damaged lines of an operation",
    ),
)


def is_repairable(status: int, error: object, faults: Sequence[RecordFault]) -> bool:
    """Return whether an error has the status of a wrong document, but isn't known to be about it.

    Args:
        status: the HTTP status.
        error: a description of an error, or the body of an answer that has one.
        faults: the product's table.
    """
    if isinstance(error, dict) and isinstance(error.get("error"), dict):
        error = error["error"]
    if status != HTTPStatus.BAD_REQUEST:
        return False
    known = isinstance(error, dict) and any(fault.matches(error) for fault in faults)
    return not known or _LIMIT.search(reason_of(error)) is not None
