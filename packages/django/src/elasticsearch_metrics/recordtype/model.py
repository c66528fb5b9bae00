"""The model under which Django's admin and Django's permissions know record types.

A model is the only thing that Django gives permissions to and that every `AdminSite` lists. This
one is unmanaged and the app has no migrations, so it never gets a table: ``migrate`` only makes its
permissions. Its queries are empty without asking a database, so ``dumpdata`` and others that
go through all models work.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ("RecordType",)


class _NoRows(models.Manager["RecordType"]):
    """Finds nothing, since there is no table."""

    def get_queryset(self) -> models.QuerySet[RecordType]:
        """Return an empty query."""
        return super().get_queryset().none()


class RecordType(models.Model):
    """A record type, in the eyes of the admin. There are no instances."""

    label = models.CharField(primary_key=True, max_length=255)

    objects: ClassVar[models.Manager[RecordType]] = _NoRows()

    class Meta:
        app_label = "elasticsearch_metrics"
        managed = False
        base_manager_name = "objects"
        default_permissions = ("view",)
        permissions = (
            ("view_records", "Can search records"),
            ("build_reports", "Can build reports"),
        )
        verbose_name = _("record type")
        verbose_name_plural = _("record types")

    def __str__(self) -> str:
        return self.label
