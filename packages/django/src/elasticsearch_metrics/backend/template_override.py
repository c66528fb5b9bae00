"""What other index templates make of an index: who wins, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.contracts import TemplateOverride
from djelme.difference import ABSENT, Difference
from djelme.naming import patterns_overlap
from elasticsearch_metrics.backend.connection import RestConnection, joined
from elasticsearch_metrics.backend.template import override_differences

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("ComposableOverrides", "LegacyOverrides")

#: What is asked about each composable template.
_PARTS_OF_EACH = (
    "name",
    "index_template.index_patterns",
    "index_template.priority",
    "index_template.data_stream",
    "index_template.allow_auto_create",
)

_Parts = dict[str, Any]


class ComposableOverrides(RestConnection):
    """Composable templates: the one with the highest priority makes the index alone."""

    template_path = "/_index_template"

    def find_override(self, template: str, index: str) -> TemplateOverride | None:
        """Return what another index template would make of an index that is made now."""
        params = {"filter_path": ",".join(f"index_templates.{part}" for part in _PARTS_OF_EACH)}
        answer = self.request("GET", self.template_path, params=params)
        listed = {
            found["name"]: found["index_template"] for found in answer.get("index_templates", ())
        }
        strongest = _matching(listed, index, "priority")[:1]
        if template not in listed or strongest in ([], [template]):
            return None  # that it is missing is told elsewhere
        (winner,) = strongest
        # Both in the form that the server makes of them, so that only their meaning counts.
        own = self.request("POST", f"{self.template_path}/_simulate/{template}")
        made = self.request("POST", f"{self.template_path}/_simulate_index/{index}")
        found = list(override_differences(own["template"], made["template"]))
        if "data_stream" in listed[winner]:
            found.append(Difference("data_stream", ABSENT, "{}"))
        if listed[winner].get("allow_auto_create") is False:
            found.append(Difference("allow_auto_create", "true", "false"))
        return TemplateOverride((winner,), tuple(found)) if found else None


class LegacyOverrides(RestConnection):
    """Legacy templates: all that match are merged, and the one with the highest order wins."""

    template_path = "/_template"

    def find_override(self, template: str, index: str) -> TemplateOverride | None:
        """Return what other index templates would make of an index that is made now."""
        params = {"filter_path": "*.index_patterns,*.order"}
        listed = self.request("GET", self.template_path, params=params)
        names = _matching(listed, index, "order")
        others = tuple(name for name in names if name != template)
        if template not in names or not others:
            return None
        path = f"{self.template_path}/{joined(names)}"
        bodies: Mapping[str, Mapping[str, Any]] = self.request("GET", path)
        made: dict[str, Any] = {}
        types: set[str] = set()
        # Of equal order, any may win: the others, so that nothing is left to chance.
        for name in sorted(bodies, key=lambda one: (bodies[one].get("order", 0), one != template)):
            made = _merged(made, self._parts(bodies[name]))
            types |= set(bodies[name].get("mappings") or ())
        found = list(override_differences(self._parts(bodies[template]), made, legacy=True))
        if len(types) > 1:
            found.append(Difference("mappings", self.document_type, ", ".join(sorted(types))))
        return TemplateOverride(others, tuple(found)) if found else None

    def _parts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "settings": body.get("settings") or {},
            "mappings": (body.get("mappings") or {}).get(self.document_type, {}),
            "aliases": body.get("aliases") or {},
        }


def _matching(listed: Mapping[str, Any], index: str, rank: str) -> list[str]:
    """Return the names of the templates that are for an index, the strongest first."""
    found = [
        name
        for name, about in listed.items()
        if any(patterns_overlap(pattern, index) for pattern in about.get("index_patterns", ()))
    ]
    return sorted(found, key=lambda name: listed[name].get(rank, 0), reverse=True)


def _merged(lower: Any, upper: Any) -> Any:
    """Return what two parts of templates give together."""
    if isinstance(lower, dict) and isinstance(upper, dict):
        return {
            **lower,
            **{
                key: _merged(lower[key], value) if key in lower else value
                for key, value in upper.items()
            },
        }
    return upper
