"""Record types in Django's admin: figures, health, and a search for records."""

from elasticsearch_metrics.admin.recordtype_admin import RecordTypeAdmin

__all__ = ("RecordTypeAdmin",)
