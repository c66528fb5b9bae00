"""A cluster of Elasticsearch 9."""

from __future__ import annotations

import elasticsearch9

from elasticsearch_metrics.backend.features import Features
from elasticsearch_metrics.backend.transport_client import TransportBackend

__all__ = ("Elastic9Backend",)


class Elastic9Backend(TransportBackend):
    """A cluster of Elasticsearch 9, asked by the client of the same version."""

    features = Features(versions=("9", "10"))
    library = elasticsearch9
