"""Clusters as child processes, on a minimal distribution of Elasticsearch."""

from djelme_testing.provider.embedded.provider import EmbeddedProvider

__all__ = ("EmbeddedProvider",)
