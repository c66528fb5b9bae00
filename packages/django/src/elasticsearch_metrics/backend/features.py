"""What a product and its versions can do, as `django.db` has it of databases.

The rest of the glue asks for a feature by its name and never for a product or a version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.backend.record_fault import ELASTICSEARCH_FAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elasticsearch_metrics.backend.record_fault import RecordFault

__all__ = ("Features",)

_UNTYPED = "_doc"


@dataclass(frozen=True)
class Features:
    """What an imp's servers can do; the defaults are those of Elasticsearch since version 8.

    Attributes:
        versions: the first version that the imp is for, and the first one after those.
        product: what the servers are.
        document_type: the mapping type in the paths of documents.
        calendar_interval: the parameter of a date histogram that names an interval of the calendar.
        counts_partly: whether a search can be told to stop counting its hits at a number.
        groups_once: whether a document that has a number twice is once in the group of that number.
        sniffing_option: the client's option to look for other nodes after a failure.
        record_faults: errors that are known to be a document's own.
    """

    versions: tuple[str, str]
    product: str = "Elasticsearch"
    document_type: str = _UNTYPED
    calendar_interval: str = "calendar_interval"
    counts_partly: bool = True
    groups_once: bool = True
    sniffing_option: str = "sniff_on_node_failure"
    record_faults: Sequence[RecordFault] = ELASTICSEARCH_FAULTS

    @property
    def typed_paths(self) -> bool:
        """Whether mappings, and the paths of bulks, name a mapping type."""
        return self.document_type != _UNTYPED

    @property
    def type_path(self) -> str:
        """The mapping type as the end of a path that names it where there are types."""
        return f"/{self.document_type}" if self.typed_paths else ""

    def to_mappings(self, mapping: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a mapping as the ``mappings`` of an index or a template."""
        return {self.document_type: mapping} if self.typed_paths else mapping

    def from_mappings(self, mappings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the mapping that the ``mappings`` of an index or a template have."""
        mapping: Mapping[str, Any] = mappings.get(self.document_type, mappings)
        return mapping
