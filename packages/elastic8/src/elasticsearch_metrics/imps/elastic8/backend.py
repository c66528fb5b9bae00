"""A cluster of Elasticsearch 8."""

from __future__ import annotations

import elasticsearch8

from elasticsearch_metrics.backend.features import Features
from elasticsearch_metrics.backend.transport_client import TransportBackend

__all__ = ("Elastic8Backend",)


class Elastic8Backend(TransportBackend):
    """A cluster of Elasticsearch 8, of the last version 7 or of 9, asked by the client for 8."""

    features = Features(versions=("7.17", "10"))
    library = elasticsearch8
