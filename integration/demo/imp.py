"""What the record types need of the imp that settings.DEMO_IMP names.

A site of its own would import these classes from its imp directly. Here the same classes run on
several versions of Elasticsearch, so the import is made once, by name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from django.conf import settings

__all__ = ("MONTHLY", "SEARCH_ERRORS", "CyclicReport", "EventRecord")

if TYPE_CHECKING:
    from elasticsearch_metrics.imps.elastic8 import CyclicReport, EventRecord

    MONTHLY: dict[str, str]
    SEARCH_ERRORS: tuple[type[Exception], ...]
else:
    _imp = import_module(settings.DEMO_IMP)
    CyclicReport, EventRecord = _imp.CyclicReport, _imp.EventRecord
    _client = import_module(f"elasticsearch{settings.ELASTICSEARCH}")
    #: What a search of the DSL raises where the cluster is away or refuses.
    SEARCH_ERRORS = (
        (_client.ElasticsearchException,)
        if settings.ELASTICSEARCH == "6"
        else (_client.ApiError, _client.TransportError)
    )
    #: The argument of a date_histogram by calendar months, which 7.2 gave another name.
    MONTHLY = {"interval" if settings.ELASTICSEARCH == "6" else "calendar_interval": "month"}
