"""Composable index templates: the one with the highest priority makes an index alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.contracts import TemplateOverride
from djelme.difference import ABSENT, Difference
from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.backend.template import flatten_template_parts, override_differences
from elasticsearch_metrics.backend.template_merge import matching

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("ComposableTemplates",)

#: What is asked about each composable template.
_PARTS_OF_EACH = (
    "name",
    "index_template.index_patterns",
    "index_template.priority",
    "index_template.data_stream",
    "index_template.allow_auto_create",
)


class ComposableTemplates(RestBackend):
    """A cluster that keeps composable index templates."""

    template_path = "/_index_template"

    def get_template(self, name: str) -> Mapping[str, Any] | None:
        """Return the body of an index template, None if it doesn't exist."""
        answer = self.found_or_none(f"{self.template_path}/{name}")
        return answer["index_templates"][0]["index_template"] if answer else None

    def make_template(
        self,
        patterns: Sequence[str],
        *,
        settings: Mapping[str, Any],
        mapping: Mapping[str, Any],
        priority: int,
    ) -> dict[str, Any]:
        """Return the body of an index template that isn't that of a record type."""
        return {
            "index_patterns": list(patterns),
            "priority": priority,
            "template": {"settings": settings, "mappings": mapping},
        }

    def flatten_template(self, body: Mapping[str, Any]) -> dict[str, str]:
        """Return what djelme declares of a template by dotted path."""
        template = body.get("template", {})
        return flatten_template_parts(
            patterns=body["index_patterns"],
            settings=template.get("settings"),
            mappings=template.get("mappings"),
            aliases=template.get("aliases"),
            priority=body.get("priority", 0),
            allow_auto_create=body.get("allow_auto_create", False),
        )

    def find_override(self, template: str, index: str) -> TemplateOverride | None:
        """Return what another index template would make of an index that is made now."""
        params = {"filter_path": ",".join(f"index_templates.{part}" for part in _PARTS_OF_EACH)}
        answer = self.request("GET", self.template_path, params=params)
        listed = {
            found["name"]: found["index_template"] for found in answer.get("index_templates", ())
        }
        strongest = matching(listed, index, "priority")[:1]
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
