"""A site without apps and without a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django
import pytest
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_configure() -> None:
    """Set Django up, unless other tests of the same run did."""
    if not settings.configured:
        settings.configure(INSTALLED_APPS=["elasticsearch_metrics"], USE_TZ=True)
        django.setup()


@pytest.fixture(autouse=True)
def isolated_registry() -> Iterator[None]:
    """Forget the record types that a test declares, and use one backend."""
    from django.test import override_settings

    from elasticsearch_metrics.registry import djelme_registry

    backends = {"os2": {"elasticsearch_metrics.imps.opensearch": {"hosts": "http://127.0.0.1:1"}}}
    with override_settings(DJELME_BACKENDS=backends), djelme_registry.isolated():
        djelme_registry.reset()
        yield
    djelme_registry.reset()
