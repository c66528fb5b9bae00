"""What djelme asks of Elasticsearch, in the requests that every supported version understands."""

from __future__ import annotations

from elasticsearch_metrics.backend.catalog import CatalogRequests

__all__ = ("RestBackend",)


class RestBackend(CatalogRequests):
    """A cluster, asked by HTTP.

    Only the common subset of all versions is used, so it works with any distribution. An imp adds
    the client that carries the requests, and what differs between versions.

    Args:
        name: key in ``DJELME_BACKENDS``.
        options: the client's, and djelme's own.
    """
