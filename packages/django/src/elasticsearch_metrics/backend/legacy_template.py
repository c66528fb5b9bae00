"""Legacy index templates: all that match an index are merged, and the highest order wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.contracts import TemplateOverride
from djelme.difference import Difference
from elasticsearch_metrics.backend.connection import joined
from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.backend.template import flatten_template_parts, override_differences
from elasticsearch_metrics.backend.template_merge import matching, merged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("LegacyTemplates",)


class LegacyTemplates(RestBackend):
    """A cluster that keeps legacy index templates."""

    template_path = "/_template"

    def get_template(self, name: str) -> Mapping[str, Any] | None:
        """Return the body of an index template, None if it doesn't exist."""
        answer: Mapping[str, Any] | None = self.found_or_none(f"{self.template_path}/{name}")
        return answer[name] if answer else None

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
            "order": priority,
            "settings": settings,
            "mappings": self.features.to_mappings(mapping),
        }

    def flatten_template(self, body: Mapping[str, Any]) -> dict[str, str]:
        """Return what djelme declares of a template by dotted path."""
        return flatten_template_parts(
            patterns=body["index_patterns"],
            settings=body.get("settings"),
            mappings=self.features.from_mappings(body.get("mappings") or {}),
            aliases=body.get("aliases"),
            legacy=True,
            order=body.get("order", 0),
        )

    def find_override(self, template: str, index: str) -> TemplateOverride | None:
        """Return what other index templates would make of an index that is made now."""
        params = {"filter_path": "*.index_patterns,*.order"}
        listed = self.request("GET", self.template_path, params=params)
        names = matching(listed, index, "order")
        others = tuple(name for name in names if name != template)
        if template not in names or not others:
            return None
        path = f"{self.template_path}/{joined(names)}"
        bodies: Mapping[str, Mapping[str, Any]] = self.request("GET", path)
        made: dict[str, Any] = {}
        types: set[str] = set()
        # Of equal order, any may win: the others, so that nothing is left to chance.
        for name in sorted(bodies, key=lambda one: (bodies[one].get("order", 0), one != template)):
            made = merged(made, self._parts(bodies[name]))
            types |= set(bodies[name].get("mappings") or ())
        found = list(override_differences(self._parts(bodies[template]), made, legacy=True))
        if len(types) > 1:
            own = self.features.document_type
            found.append(Difference("mappings", own, ", ".join(sorted(types))))
        return TemplateOverride(others, tuple(found)) if found else None

    def _parts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "settings": body.get("settings") or {},
            "mappings": (body.get("mappings") or {}).get(self.features.document_type, {}),
            "aliases": body.get("aliases") or {},
        }
