from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.backend.composable_template import ComposableTemplates

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = {"index_patterns": ["shop_usage_*"], "priority": 500}


def listed(**priorities: int) -> dict[str, Any]:
    return {
        "index_templates": [
            {"name": name, "index_template": {"index_patterns": ["shop_*"], "priority": priority}}
            for name, priority in priorities.items()
        ]
    }


def simulated(kind: str) -> dict[str, Any]:
    return {"template": {"mappings": {"properties": {"item_id": {"type": kind}}}}}


def test_the_body_of_a_template(scripted: Callable[..., Any]) -> None:
    backend = scripted(ComposableTemplates, {"index_templates": [{"index_template": BODY}]})
    assert backend.get_template("shop_usage") == BODY
    assert backend.asked[0].path == "/_index_template/shop_usage"


def test_the_strongest_template_overrides_nothing(scripted: Callable[..., Any]) -> None:
    backend = scripted(ComposableTemplates, listed(shop_usage=500, theirs=100))
    assert backend.find_override("shop_usage", "shop_usage_2026") is None
    assert len(backend.asked) == 1


def test_a_stronger_template_is_named_with_what_it_changes(scripted: Callable[..., Any]) -> None:
    backend = scripted(
        ComposableTemplates,
        listed(shop_usage=500, theirs=900),
        simulated("long"),
        simulated("keyword"),
    )
    override = backend.find_override("shop_usage", "shop_usage_2026")
    assert override.templates == ("theirs",)
    (difference,) = override.differences
    assert difference.path == "mappings.properties.item_id.type"


def test_a_stronger_template_that_changes_nothing_is_none(scripted: Callable[..., Any]) -> None:
    backend = scripted(
        ComposableTemplates,
        listed(shop_usage=500, theirs=900),
        simulated("long"),
        simulated("long"),
    )
    assert backend.find_override("shop_usage", "shop_usage_2026") is None
