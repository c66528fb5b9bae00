"""The model that Django's admin needs.

Sites without the admin don't have it, nor its permissions.
"""

from __future__ import annotations

from django.apps import apps

__all__ = ()

if apps.is_installed("django.contrib.admin"):
    import elasticsearch_metrics.recordtype.model  # noqa: F401 - its class makes itself known
