from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from elasticsearch_metrics.backend.features import Features
from elasticsearch_metrics.backend.legacy_template import LegacyTemplates

if TYPE_CHECKING:
    from collections.abc import Callable

FEATURES = Features(("6", "7"), document_type="doc")


def body(kind: str, order: int = 0, document_type: str = "doc") -> dict[str, Any]:
    return {
        "index_patterns": ["shop_*"],
        "order": order,
        "mappings": {document_type: {"properties": {"item_id": {"type": kind}}}},
    }


@pytest.fixture
def find(scripted: Callable[..., Any]) -> Callable[..., Any]:
    def find_override(**bodies: dict[str, Any]) -> Any:
        backend = scripted(LegacyTemplates, bodies, bodies, features=FEATURES)
        return backend.find_override("shop_usage", "shop_usage_2026")

    return find_override


def test_a_template_of_a_higher_order_overrides(find: Callable[..., Any]) -> None:
    override = find(shop_usage=body("long", 1), theirs=body("keyword", 2))
    assert override.templates == ("theirs",)
    assert [item.path for item in override.differences] == ["mappings.properties.item_id.type"]


def test_one_of_a_lower_order_does_not(find: Callable[..., Any]) -> None:
    assert find(shop_usage=body("long", 3), theirs=body("keyword", 2)) is None


def test_of_equal_order_any_may_win(find: Callable[..., Any]) -> None:
    assert find(shop_usage=body("long", 2), theirs=body("keyword", 2)) is not None


def test_another_mapping_type_makes_no_index(find: Callable[..., Any]) -> None:
    override = find(shop_usage=body("long", 3), theirs=body("long", 2, "event"))
    assert ("mappings", "doc", "doc, event") in [
        (item.path, item.expected, item.found) for item in override.differences
    ]


def test_mappings_are_below_their_type(scripted: Callable[..., Any]) -> None:
    backend = scripted(LegacyTemplates, features=FEATURES)
    made = backend.make_template(["x_*"], settings={}, mapping={"dynamic": "strict"}, priority=7)
    assert made["mappings"] == {"doc": {"dynamic": "strict"}}
    assert backend.flatten_template(made)["mappings.dynamic"] == "strict"
