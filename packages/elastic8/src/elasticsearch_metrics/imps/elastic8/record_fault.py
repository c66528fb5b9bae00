"""What Elasticsearch 8 refuses for the document's own sake."""

from __future__ import annotations

from elasticsearch_metrics.backend.record_fault import RecordFault

__all__ = ("RECORD_FAULTS",)

#: Paths are of Elasticsearch's repository at v8.19.3, below server/src/main/java/org/elasticsearch.
RECORD_FAULTS = (
    RecordFault(
        "document_parsing_exception",
        "index/mapper/DocumentParsingException.java: a document can't be parsed; since 8.8",
    ),
    RecordFault(
        "mapper_parsing_exception",
        "index/mapper/DocumentParser.java, the same before 8.8",
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
        "x_content_parse_exception",
        "xcontent/XContentParseException.java: damaged lines of an operation",
    ),
    RecordFault(
        "action_request_validation_exception",
        "action/index/IndexRequest.java, validate(): an id that is too long",
        r"Validation Failed: 1: id ",
    ),
)
