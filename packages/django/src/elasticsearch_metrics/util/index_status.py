"""The state of an index, at the place of django-elasticsearch-metrics 2026.0."""

from djelme.contracts import IndexStatus
from elasticsearch_metrics.util.published_name import published_names

__all__ = ()

__getattr__ = published_names(__name__, {"DjelmeIndexStatus": (IndexStatus, "djelme.IndexStatus")})
