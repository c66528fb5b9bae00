"""How migrations stand, on the admin's page about a record type."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import override_settings

from elasticsearch_metrics.migration.panel import MigrationHealth, MigrationPanel
from elasticsearch_metrics.migration.phase import Phase

_TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]


@pytest.mark.parametrize(
    ("copied", "documents", "percent"),
    [(0, 0, 0), (0, 7, 0), (1, 3, 33), (2_999, 3_000, 99), (7, 7, 100), (9, 7, 100)],
)
def test_how_much_is_copied(copied: int, documents: int, percent: int) -> None:
    begun = SimpleNamespace(backfill=None)
    status: Any = SimpleNamespace(copied=copied, source_documents=documents, state=begun)
    assert MigrationHealth("m", "a", "b", status).percent == percent
    assert MigrationHealth("m", "a", "b").percent == 0


def test_what_came_after_backfill_is_copied() -> None:
    through = SimpleNamespace(backfill={"completed": "2026-11-23T04:05:06.000Z"})
    status: Any = SimpleNamespace(copied=7, source_documents=900, state=through)
    health = MigrationHealth("m", "a", "b", status)
    assert (health.is_copied, health.percent) == (True, 100)


def _status(**more: Any) -> Any:
    state = SimpleNamespace(backfill=None, phase=Phase.DUAL, verification=None)
    status = {"copied": 3, "source_documents": 12, "target_documents": 3, "missed": 0, "refused": 0}
    return SimpleNamespace(
        **{**status, "state": state, "following": "djelme_migrate backfill shop.M", **more}
    )


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (
            MigrationHealth("shop.M", "shop.Old", "shop.New", _status()),
            ["Migration shop.M", "3 of 12 documents (25%)", "djelme_migrate backfill shop.M"],
        ),
        (
            MigrationHealth("shop.M", "shop.Old", "shop.New", problem="no answer"),
            ["shop.Old → shop.New", "no answer"],
        ),
    ],
)
def test_the_row_is_shown(health: MigrationHealth, said: list[str]) -> None:
    with override_settings(TEMPLATES=_TEMPLATES):
        page = render_to_string(MigrationPanel.template_name, {"row": health})
    assert [text for text in said if text not in page] == []
