"""Record types and migrations, the same in the process of the tests and in those they start."""

from __future__ import annotations

import datetime  # noqa: TC003 - the metaclass resolves annotations
import importlib
from types import SimpleNamespace
from typing import Any

from elasticsearch_metrics.migration import Migration

__all__ = ("declare",)


def declare(source_imp: str, target_imp: str) -> SimpleNamespace:
    """Declare ``shop.OldView``, ``shop.View`` and ``shop.ViewMigration``.

    Args:
        source_imp: name of the source's imp, such as ``"elastic6"``.
        target_imp: name of the target's.
    """
    old_record: Any = _imp(source_imp).EventRecord
    new_record: Any = _imp(target_imp).EventRecord

    class OldView(old_record):  # type: ignore[misc] # whichever it is
        """What is moved."""

        number: int
        item: str
        size: int | None
        weight: float | None
        tags: list[str]
        paid: bool | None
        day: datetime.date | None

        class Index:
            using = source_imp
            settings = {"number_of_shards": 1, "number_of_replicas": 0}  # noqa: RUF012 - as a site writes it

        class Meta:
            app_label = "shop"
            timedepth = 3

    class View(new_record):  # type: ignore[misc] # whichever it is
        """What it becomes."""

        number: int
        item: str
        size: int | None
        weight: float | None
        tags: list[str]
        paid: bool | None
        day: datetime.date | None
        note: str | None

        class Index:
            using = target_imp
            settings = {"number_of_shards": 1, "number_of_replicas": 0}  # noqa: RUF012 - as a site writes it

        class Meta:
            app_label = "shop"
            timedepth = 2

    class ViewMigration(Migration):
        """From the one to the other."""

        app_label = "shop"
        source = OldView
        target = View

    return SimpleNamespace(OldView=OldView, View=View, ViewMigration=ViewMigration)


def _imp(name: str) -> Any:
    return importlib.import_module(f"elasticsearch_metrics.imps.{name}")
