"""Whatever a template can hold: what was set up is in sync, and what was changed isn't."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any

import pytest

from djelme.difference import differences
from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance.site import Site

_ALIASES: tuple[dict[str, Any], ...] = (
    {},
    {"routing": "1"},
    {"index_routing": "1", "search_routing": "1,2"},
    {"routing": "1", "search_routing": "2"},
    {"search_routing": "2", "routing": "1"},
    {"routing": 1},
    {"routing": None},
    {"is_write_index": True},
    {"is_write_index": False, "is_hidden": False},
    {"is_hidden": True},
    {"filter": {}},
    {"filter": None},
    {"filter": {"match_all": {}}},
    {"filter": {"terms": {"item_id": [1, 2]}}},
    {"filter": {"range": {"item_id": {"gte": 1.5, "lt": None}}}, "routing": "a", "is_hidden": True},
)
_SETTINGS: tuple[dict[str, Any], ...] = (
    {"refresh_interval": None},
    {"refresh_interval": -1},
    {"index.refresh_interval": "5s"},
    {"index": {"refresh_interval": "5s"}, "number_of_replicas": 0},
    {"sort.field": ["item_id", "path"], "sort.order": ["asc", "desc"]},
    {"sort": {"field": "item_id"}},
    {"blocks": {"write": False}},
    {"auto_expand_replicas": False},
    {"auto_expand_replicas": "0-1"},
    {"routing.allocation.include.x": ["a", "b"]},
    {"translog": {"durability": "ASYNC", "sync_interval": "30s"}},
    {"similarity.own": {"type": "BM25", "b": 1.0, "k1": 1}},
    {"similarity": {"own": {"type": "BM25", "b": 0.75, "k1": 1e-7}}},
    {"analysis": {"analyzer": {"own": {"type": "standard", "stopwords": ["a, b", "c,d"]}}}},
    {"analysis": {"analyzer": {"own": {"type": "standard", "stopwords": []}}}},
    {"analysis.analyzer.own": {"type": "custom", "tokenizer": "standard", "filter": "lowercase"}},
    {"mapping": {"total_fields.limit": "2000", "ignore_malformed": True}},
    {"query.default_field": ["path", "item_id"]},
    {"max_result_window": 20_000, "max_ngram_diff": "3"},
    {"merge.policy.floor_segment": "2mb"},
)
_MAPPINGS: tuple[dict[str, Any], ...] = (
    {"dynamic": True},
    {"dynamic": "false"},
    {"_source": {"enabled": False}},
    {"_source": {"includes": ["item_*"], "excludes": ["path", "p, q"]}},
    {"_routing": {"required": True}},
    {"_meta": {"empty": {}, "none": None, "list": [1, {"a": [[1], [{"c": 1}]]}]}},
    {"_meta": {"version": "1.0", "is": "True", "big": 10**20, "small": 1e-7, "text": "é"}},
    {"dynamic_templates": []},
    {
        "dynamic_templates": [
            {"words": {"match": "x*", "mapping": {"type": "keyword", "ignore_above": 10}}},
            {"all": {"path_match": "y.*", "mapping": {}}},
        ]
    },
    {"date_detection": False, "numeric_detection": True, "dynamic_date_formats": ["yyyy", "MM"]},
    {"properties": {}},
    {"properties": {"x": {"type": "object", "properties": {}}}},
    {"properties": {"x": {"type": "object", "enabled": False, "dynamic": True}}},
    {"properties": {"x": {"properties": {"y": {"type": "long", "coerce": False}}}}},
    {"properties": {"x": {"type": "nested", "include_in_root": True}}},
    {"properties": {"x.y": {"type": "half_float", "null_value": 1.0}}},
    {
        "properties": {
            "x": {
                "type": "keyword",
                "ignore_above": 10,
                "doc_values": True,
                "null_value": "NULL",
                "eager_global_ordinals": True,
                "similarity": "boolean",
                "copy_to": ["y", "z"],
            },
            "y": {"type": "text", "index_prefixes": {}, "fields": {"k": {"type": "keyword"}}},
            "z": {"type": "text", "index_options": "docs", "fielddata": True, "store": True},
        }
    },
    {"properties": {"x": {"type": "date", "format": "yyyy||epoch_millis", "null_value": "2020"}}},
    {"properties": {"x": {"type": "boolean", "null_value": False}, "y": {"type": "binary"}}},
    {"properties": {"x": {"type": "ip", "null_value": "::1"}, "y": {"type": "geo_point"}}},
    {"properties": {"x": {"type": "alias", "path": "item_id"}}},
    {"properties": {"x": {"type": "completion", "contexts": [{"name": "c", "type": "category"}]}}},
)
#: How often pieces are put together.
_COMBINATIONS = 40


def _combined(number: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return aliases, settings and mappings of some pieces, the same ones for the same number."""
    # Not for secrets: a number has to mean the same template in every run.
    chosen = random.Random(number)  # noqa: S311
    settings: dict[str, Any] = {}
    mappings: dict[str, Any] = {}
    for piece in chosen.sample(_SETTINGS, 2):
        # A setting that is written twice, in two forms, is refused.
        if not _roots(settings) & _roots(piece):
            settings |= piece
    for piece in chosen.sample(_MAPPINGS, 3):
        if not _roots(mappings.get("properties", {})) & _roots(piece.get("properties", {})):
            properties = {**mappings.get("properties", {}), **piece.get("properties", {})}
            mappings |= {**piece, "properties": properties}
    aliases = {f"alias-{one}": told for one, told in enumerate(chosen.sample(_ALIASES, 2))}
    return copy.deepcopy((aliases, settings, mappings))


def _roots(entries: dict[str, Any]) -> set[str]:
    """Return the first parts of the names of settings or fields."""
    named = set(entries) | set(entries.get("index", {}))
    return {name.removeprefix("index.").partition(".")[0] for name in named}


def _each_piece() -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    yield from (({"alias": alias}, {}, {}) for alias in _ALIASES)
    yield from (({}, settings, {}) for settings in _SETTINGS)
    yield from (({}, {}, mappings) for mappings in _MAPPINGS)
    yield from map(_combined, range(_COMBINATIONS))


@pytest.fixture
def recordtype(site: Site) -> Any:
    """Return a type that is set up."""

    @site.set_up
    class UsageRecord(Body):
        item_id: int
        path: str

    return UsageRecord


def test_what_was_set_up_is_in_sync(site: Site, recordtype: Any) -> None:
    name = recordtype.get_timeseries_template_name()
    for aliases, settings, mappings in _each_piece():
        body = _with(recordtype, aliases, settings, mappings)
        site.backend.put_template(name, body)
        found = site.backend.get_template(name)
        assert found is not None
        drift = differences(
            site.backend.flatten_template(body), site.backend.flatten_template(found)
        )
        assert not drift, (body, found, [str(difference) for difference in drift])


def test_what_differs_is_told(site: Site, recordtype: Any) -> None:
    nothing = ({"properties": {}}, {"dynamic_templates": []})
    told = [
        site.backend.flatten_template(_with(recordtype, {}, {}, mappings))
        for mappings in _MAPPINGS
        if mappings not in nothing
    ]
    told += [
        site.backend.flatten_template(_with(recordtype, {}, settings, {})) for settings in _SETTINGS
    ]
    assert [at for at, one in enumerate(told) if one in told[:at]] == []


def test_records_are_taken_whatever_the_alias_is_like(site: Site) -> None:
    for number, alias in enumerate(_ALIASES):
        site.forget_declarations()
        index = type("Index", (), {"aliases": {site.name(f"all-{number}"): alias}})
        meta = type("Meta", (), {"template_name": f"usage{number}"})
        fields = {"__annotations__": {"item_id": int}}
        recordtype = site.set_up(type("UsageRecord", (), {**fields, "Index": index, "Meta": meta}))
        recordtype.check_djelme_setup()
        assert recordtype.sync_index_template() is False
        recordtype.record(item_id=1)


def _with(
    recordtype: Any, aliases: dict[str, Any], settings: dict[str, Any], mappings: dict[str, Any]
) -> dict[str, Any]:
    """Return the template of a type with more in it, in the form of its server."""
    body: dict[str, Any] = copy.deepcopy(recordtype.get_timeseries_template().to_dict())
    template = body.get("template", body)
    template["aliases"] = aliases
    template["settings"] = settings
    declared = template["mappings"].get("doc", template["mappings"])
    properties = {**declared.get("properties", {}), **mappings.get("properties", {})}
    declared |= {**mappings, "properties": properties}
    return body
