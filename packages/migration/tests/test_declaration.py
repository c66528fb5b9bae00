"""What a migration's class says, and which mistakes in it are refused."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.test import override_settings

from elasticsearch_metrics.migration import Migration, MigrationDeclarationError

_APP = "elasticsearch_metrics.migration"


def test_without_the_app_a_class_says_what_to_add() -> None:
    others = [app.name for app in apps.get_app_configs() if app.name != _APP]
    with (
        override_settings(INSTALLED_APPS=others),
        pytest.raises(MigrationDeclarationError) as caught,
    ):
        type("UsageMigration", (Migration,), {"app_label": "shop"})
    said = str(caught.value)
    assert said.startswith("UsageMigration: ")
    assert "pip install 'django-elasticsearch-metrics[migration]'" in said
    assert f"add {_APP!r} to INSTALLED_APPS" in said


@pytest.mark.parametrize("source", [None, int, "PageView"])
def test_a_side_that_is_no_record_type(source: object) -> None:
    with pytest.raises(MigrationDeclarationError, match="`source` should be a record type"):
        type("UsageMigration", (Migration,), {"app_label": "shop", "source": source})
