"""The steps of the command ``djelme_migrate``: their options, what they do, what they write."""

from elasticsearch_metrics.migration.management.migrate.order import STEPS

__all__ = ("STEPS",)
