"""Small documents that djelme itself keeps in a cluster, and locks by them."""

from elasticsearch_metrics.state.index import StateIndex
from elasticsearch_metrics.state.kind import StateKind
from elasticsearch_metrics.state.lock import RunnerLock, describe_lock
from elasticsearch_metrics.state.store import StateStore, Stored

__all__ = ("RunnerLock", "StateIndex", "StateKind", "StateStore", "Stored", "describe_lock")
