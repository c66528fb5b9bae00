"""What backends, imps and records are, at the place of django-elasticsearch-metrics 2026.0."""

from __future__ import annotations

from typing import Protocol

from djelme.contracts import Backend, Imp, RecordType
from elasticsearch_metrics.util.published_name import published_names

__all__ = ("ProtoCountedUsage",)


class ProtoCountedUsage(Protocol):
    """The fields of counted usage; see `CountedUsageRecord` of the imps."""

    platform_iri: str
    database_iri: str
    sessionhour_id: str
    item_iri: str
    within_iris: list[str]


__getattr__ = published_names(
    __name__,
    {
        "ProtoDjelmeBackend": (Backend, "djelme.Backend"),
        "ProtoDjelmeImp": (Imp, "djelme.Imp"),
        "ProtoDjelmeRecord": (RecordType, "djelme.RecordType"),
    },
)
