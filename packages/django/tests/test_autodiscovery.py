"""Modules of declarations are found, and what is wrong with them is reported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.test import override_settings

from elasticsearch_metrics.autodiscovery import declaration_errors
from elasticsearch_metrics.checks import check_djelme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_APPS = [app.name for app in apps.get_app_configs()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for an app ``warehouse``, which can be imported."""
    (tmp_path / "warehouse").mkdir()
    (tmp_path / "warehouse" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "warehouse"
    for name in [name for name in sys.modules if name.partition(".")[0] == "warehouse"]:
        del sys.modules[name]
    declaration_errors.clear()


def test_an_app_that_is_missing_is_named(folder: Path) -> None:
    (folder / "metrics.py").write_text("from elasticsearch_metrics.migration import Migration\n")
    with override_settings(INSTALLED_APPS=[*_APPS, "warehouse"]):
        (found,) = [each for each in check_djelme() if each.id == "djelme.E004"]
    assert found.obj == "warehouse"
    assert "pip install 'django-elasticsearch-metrics[migration]'" in found.msg
    assert "add 'elasticsearch_metrics.migration' to INSTALLED_APPS" in found.msg


def test_another_module_that_is_missing_ends_the_start(folder: Path) -> None:
    (folder / "metrics.py").write_text("import warehouse_of_another\n")
    with (
        pytest.raises(ModuleNotFoundError, match="warehouse_of_another"),
        override_settings(INSTALLED_APPS=[*_APPS, "warehouse"]),
    ):
        pass


def test_an_app_may_ask_for_further_modules(folder: Path) -> None:
    (folder / "apps.py").write_text(
        "from django.apps import AppConfig\n\n\n"
        "class WarehouseConfig(AppConfig):\n"
        '    name = "warehouse"\n'
        '    declaration_modules = ("reports",)\n'
    )
    (folder / "metrics.py").write_text("import sys\nassert 'warehouse.reports' not in sys.modules")
    (folder / "reports.py").touch()
    with override_settings(INSTALLED_APPS=["warehouse", *_APPS]):
        pass
    assert {"warehouse.metrics", "warehouse.reports"} <= sys.modules.keys()
