"""A site with the app of migrations, and without any imp: nothing is stored."""

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
        settings.configure(
            INSTALLED_APPS=[
                "django.contrib.admin",
                "django.contrib.auth",
                "django.contrib.contenttypes",
                "elasticsearch_metrics",
                "elasticsearch_metrics.migration",
            ],
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            DJELME_BACKENDS={},
            SECRET_KEY="test",
            USE_TZ=True,
        )
        django.setup()


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Let no test leave a record type or a migration behind."""
    from elasticsearch_metrics.migration.registry import migration_registry
    from elasticsearch_metrics.registry import djelme_registry

    with djelme_registry.isolated(), migration_registry.isolated():
        yield
    djelme_registry.reset()
