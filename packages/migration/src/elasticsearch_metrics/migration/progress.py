"""How far a copy is, for people: the glue's progress of long steps, of documents."""

from __future__ import annotations

from djelme.quantity import duration
from elasticsearch_metrics.management.progress import Progress

__all__ = ("Progress", "duration")
