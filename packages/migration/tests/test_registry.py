"""Migrations by name and by record type."""

from __future__ import annotations

from typing import Any

import pytest

from djelme.errors import RecordTypeError
from elasticsearch_metrics.migration.errors import MigrationDeclarationError, MigrationError
from elasticsearch_metrics.migration.registry import MigrationRegistry
from elasticsearch_metrics.registry import djelme_registry


class Old:
    """A record type."""


class New:
    """Another one."""


def make(name: str = "UsageMigration", app_label: str = "shop") -> Any:
    namespace = {
        "app_label": app_label,
        "name": f"{app_label}.{name}",
        "source": Old,
        "target": New,
    }
    return type(name, (), namespace)


def test_migrations_are_found_by_name_in_any_case() -> None:
    registry, migration = MigrationRegistry(), make()
    registry.register(migration)
    assert registry.get("shop.usagemigration") is migration
    assert list(registry.each("shop")) == [migration]
    assert list(registry.each("other")) == []


def test_both_sides_know_their_migrations() -> None:
    registry, migration = MigrationRegistry(), make()
    old: Any = Old
    new: Any = New
    registry.register(migration)
    assert (registry.of_source(old), registry.of_target(new)) == ((migration,), (migration,))
    assert (registry.of_source(new), registry.of_target(old)) == ((), ())


def test_a_name_that_is_unknown_lists_those_that_are_known() -> None:
    registry = MigrationRegistry()
    registry.register(make())
    with pytest.raises(MigrationError, match=r"there are: shop\.UsageMigration"):
        registry.get("shop.Other")


def test_two_of_one_name_in_an_app() -> None:
    registry = MigrationRegistry()
    registry.register(make())
    registry.register(make(app_label="other"))
    with pytest.raises(MigrationDeclarationError, match="rename one of them"):
        registry.register(make())


def test_those_of_a_module_that_fails_are_forgotten() -> None:
    registry, kept = MigrationRegistry(), make("Kept")
    registry.register(kept)

    def declare() -> None:
        with djelme_registry.all_or_nothing():
            registry.register(make())
            msg = "another class of the module can't work"
            raise RecordTypeError(msg, recordtype="Other")

    with pytest.raises(RecordTypeError):
        declare()
    old: Any = Old
    assert list(registry.each()) == [kept]
    assert registry.of_source(old) == (kept,)
    registry.register(make())  # once it is corrected


def test_an_isolated_block_leaves_nothing_behind() -> None:
    registry = MigrationRegistry()
    with registry.isolated():
        registry.register(make())
    assert list(registry.each()) == []
