from __future__ import annotations

from typing import Any

import pytest

from elasticsearch_metrics.backend.template import flatten_template_parts, override_differences


def flat(**parts: Any) -> dict[str, str]:
    every = {"patterns": ["x_*"], "settings": None, "mappings": None, "aliases": None}
    found = flatten_template_parts(**{**every, **parts})
    assert found.pop("index_patterns") == "x_*"
    return found


@pytest.mark.parametrize(
    "settings",
    [
        {"number_of_shards": 2},
        {"index": {"number_of_shards": "2"}},
        {"index.number_of_shards": "2"},
    ],
)
def test_settings_are_the_same_however_they_are_written(settings: dict[str, Any]) -> None:
    assert flat(settings=settings) == {"settings.number_of_shards": "2"}


@pytest.mark.parametrize(
    ("alias", "kept"),
    [
        ({"routing": "a"}, {"index_routing": "a", "search_routing": "a"}),
        ({"routing": "a", "search_routing": "b"}, {"index_routing": "a", "search_routing": "b"}),
        ({"is_hidden": True}, {"is_hidden": "true"}),
        ({"unknown": "dropped"}, {}),
    ],
)
def test_of_an_alias_counts_what_the_server_keeps(
    alias: dict[str, Any], kept: dict[str, str]
) -> None:
    expected = {f"aliases.all.{name}": value for name, value in kept.items()}
    assert flat(aliases={"all": alias}) == (expected or {"aliases.all": "{}"})


def test_an_alias_of_a_legacy_template_has_no_flags() -> None:
    found = flat(aliases={"all": {"is_write_index": True}}, legacy=True)
    assert found == {"aliases.all": "{}"}


OWN = {
    "settings": {"index": {"number_of_shards": "2"}},
    "mappings": {"dynamic": "strict", "properties": {"item_id": {"type": "long"}}},
}


def test_what_others_add_is_no_difference() -> None:
    made = {
        "settings": {"index": {"number_of_shards": "2", "codec": "best_compression"}},
        "mappings": {
            "dynamic": "strict",
            "properties": {"item_id": {"type": "long"}, "host": {"type": "keyword"}},
        },
        "aliases": {"theirs": {}},
    }
    assert override_differences(OWN, made) == ()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (
            {"mappings": {"properties": {"item_id": {"type": "keyword"}}}},
            "mappings.properties.item_id.type",
        ),
        ({"settings": {"index": {"number_of_shards": "1"}}}, "settings.number_of_shards"),
        (
            {
                "mappings": {
                    "dynamic": "strict",
                    "properties": {"item_id": {"type": "long"}},
                    "runtime": {"item_id": {"type": "keyword"}},
                }
            },
            "mappings.runtime.item_id.type",
        ),
    ],
)
def test_what_overrules_the_declared_is_named(change: dict[str, Any], path: str) -> None:
    found = override_differences(OWN, {**OWN, **change})
    assert path in [difference.path for difference in found]
