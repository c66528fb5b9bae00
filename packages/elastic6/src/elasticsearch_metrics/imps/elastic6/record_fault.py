"""What Elasticsearch 6 refuses for the document's own sake."""

from __future__ import annotations

from elasticsearch_metrics.backend.record_fault import RecordFault

__all__ = ("RECORD_FAULTS",)

#: Paths are of Elasticsearch's repository at v6.8.23, below server/src/main/java/org/elasticsearch.
RECORD_FAULTS = (
    RecordFault(
        "mapper_parsing_exception",
        "index/mapper/DocumentParser.java: a document can't be parsed",
        r"failed to parse|object mapping |Field \[|Malformed content|The number of nested",
    ),
    RecordFault(
        "strict_dynamic_mapping_exception",
        "index/mapper/StrictDynamicMappingException.java: an unknown field",
    ),
    RecordFault(
        "illegal_argument_exception",
        "Lucene's DefaultIndexingChain: a term that is too long",
        r"Document contains at least one immense term|DocValuesField .* is too large",
    ),
    RecordFault(
        "illegal_argument_exception",
        "action/bulk/BulkRequest.java: damaged lines of an operation",
        r"Malformed action/metadata line",
    ),
    RecordFault(
        "json_parse_exception",
        "Jackson's JsonParseException: damaged lines of an operation",
    ),
    RecordFault(
        "action_request_validation_exception",
        "action/index/IndexRequest.java, validate(): an id that is too long",
        r"Validation Failed: 1: id ",
    ),
)
