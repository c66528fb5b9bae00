"""Fields that can't be copied are found before anything is started."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from djelme.field import FieldSpec, Kind
from elasticsearch_metrics.migration.checks import check_migrations
from elasticsearch_metrics.migration.registry import migration_registry


def declare(source: dict[str, Kind], target: dict[str, Kind], *, converts: bool = False) -> None:
    """Declare a migration between two types of a backend that isn't configured."""

    def side(label: str, kinds: dict[str, Kind]) -> Any:
        fields = {name: FieldSpec(name, kind) for name, kind in kinds.items()}
        options = SimpleNamespace(using=None)
        definition = SimpleNamespace(label=label, fields=fields, imp_name="none", options=options)
        return type(label, (), {"djelme": definition})

    namespace = {
        "app_label": "shop",
        "name": "shop.UsageMigration",
        "source": side("shop.Old", source),
        "target": side("shop.New", target),
        "has_convert": classmethod(lambda cls: converts),
    }
    migration: Any = type("UsageMigration", (), namespace)
    migration_registry.register(migration)


def test_fields_that_fit() -> None:
    declare({"a": Kind.INTEGER, "b": Kind.TEXT}, {"a": Kind.LONG, "b": Kind.KEYWORD})
    assert check_migrations() == []


def test_a_field_that_doesnt_fit() -> None:
    declare({"a": Kind.KEYWORD}, {"a": Kind.LONG})
    (found,) = check_migrations()
    assert (found.id, found.obj) == ("djelme.E030", "shop.UsageMigration")
    assert "field 'a' can't be copied: keyword doesn't fit long" in found.msg


def test_a_field_that_the_target_lacks() -> None:
    declare({"a": Kind.LONG, "b": Kind.LONG}, {"a": Kind.LONG})
    (found,) = check_migrations()
    assert found.id == "djelme.W030"
    assert "field 'b' of shop.Old isn't copied: the target has no such field" in found.msg


def test_convert_may_do_anything() -> None:
    declare({"a": Kind.KEYWORD}, {"a": Kind.LONG}, converts=True)
    assert check_migrations() == []


def test_only_the_apps_that_are_asked_for() -> None:
    declare({"a": Kind.KEYWORD}, {"a": Kind.LONG})
    assert check_migrations([SimpleNamespace(label="other")]) == []
    assert len(check_migrations([SimpleNamespace(label="shop")])) == 1
