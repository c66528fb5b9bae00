"""Usage of items: how often something was viewed or downloaded, for the page that shows it."""

from __future__ import annotations

from elasticsearch_metrics.usage.figure import Usage
from elasticsearch_metrics.usage.reader import (
    aitem_usage,
    ausage_of_many,
    item_usage,
    usage_of_many,
)

__all__ = ("Usage", "aitem_usage", "ausage_of_many", "item_usage", "usage_of_many")
