"""The indexes and index templates of the in-memory Elasticsearch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.difference import flatten
from djelme.naming import patterns_overlap, validate_name
from djelme_testing.memory.expression import matches, resolve
from djelme_testing.memory.mapping import IndexMapping
from djelme_testing.memory.refusal import NotInMemoryError, Refusal
from djelme_testing.memory.storage import MemoryIndex

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("Catalog",)

_COMPOSABLE = 8
_SHARDS = {8: 1, 6: 5}
_KNOWN = frozenset(
    {"allow_auto_create", "composed_of", "index_patterns", "priority", "template"}
    | {"version", "_meta"}
)
_KNOWN_LEGACY = frozenset({"index_patterns", "settings", "mappings", "aliases", "order", "version"})


class Catalog:
    """Indexes and templates by name.

    Args:
        major: version of Elasticsearch; from 8 on templates are composable.

    Attributes:
        indexes: by name.
        templates: bodies by name.
    """

    def __init__(self, major: int) -> None:
        self._major = major
        self.indexes: dict[str, MemoryIndex] = {}
        self.templates: dict[str, dict[str, Any]] = {}

    def put_template(self, name: str, body: dict[str, Any]) -> None:
        """Create or replace a template.

        Raises:
            Refusal: if another one of equal rank is for the same names.
            NotInMemoryError: if it has what can't be done in memory.
        """
        unknown = body.keys() - (_KNOWN if self._major >= _COMPOSABLE else _KNOWN_LEGACY)
        if unknown or body.get("composed_of"):
            msg = f"{min(unknown, default='composed_of')!r} in a template"
            raise NotInMemoryError(msg)
        if not body.get("index_patterns"):
            reason = "index patterns are missing"
            raise Refusal(400, "action_request_validation_exception", reason)
        if self._major >= _COMPOSABLE:
            self._require_apart(name, body)
        IndexMapping(self._mappings(body))
        self.templates[name] = body

    def simulated(self, kind: str, name: str) -> dict[str, Any]:
        """Return settings, mappings and aliases of a template, or of an index that isn't made.

        Args:
            kind: ``"_simulate"`` for a template, ``"_simulate_index"`` for an index.
            name: of the template or the index.
        """
        found = [self.templates[name]] if kind == "_simulate" else self._templates_for(name)
        (body,) = found or [{}]
        template: dict[str, Any] = body.get("template", {})
        return template

    def create(self, name: str, body: Mapping[str, Any]) -> MemoryIndex:
        """Create an index, by the templates that are for its name.

        Raises:
            Refusal: if it is there, or can't have the name.
        """
        if name in self.indexes:
            reason = f"index [{name}] already exists"
            raise Refusal(400, "resource_already_exists_exception", reason)
        try:
            validate_name(name)
        except ValueError as error:
            raise Refusal(400, "invalid_index_name_exception", str(error)) from error
        mapping = IndexMapping({})
        settings: dict[str, str] = {}
        aliases: dict[str, Any] = {}
        for part in [*self._templates_for(name), body]:
            mapping.add(self._mappings(part))
            inner = part.get("template", part)
            settings |= {
                path.removeprefix("index."): str(leaf)
                for path, leaf in flatten(inner.get("settings") or {}).items()
            }
            aliases |= inner.get("aliases") or {}
        if any(told for told in aliases.values()):
            raise NotInMemoryError("aliases with a filter or other options")
        shards = int(settings.get("number_of_shards", _SHARDS[self._major]))
        index = MemoryIndex(name, mapping, shards, tuple(aliases))
        self.indexes[name] = index
        return index

    def for_writing(self, name: str) -> MemoryIndex:
        """Return an index by its name; one that isn't there is created.

        Raises:
            Refusal: if it can't have the name.
        """
        found = self._names().get(name)
        if found is None:
            return self.create(name, {})
        if len(found) > 1:
            reason = f"no write index is defined for alias [{name}]"
            raise Refusal(400, "illegal_argument_exception", reason)
        return self.indexes[found[0]]

    def resolve(self, expression: str, params: Mapping[str, str]) -> list[MemoryIndex]:
        """Return the indexes that names and patterns mean; see `expression.resolve`.

        Args:
            expression: names and patterns, separated by commas.
            params: of the request.

        Raises:
            Refusal: for a name of nothing, if that is an error.
        """
        names, lenient = self._names(), params.get("ignore_unavailable") == "true"
        found = resolve(expression, names, lenient=lenient)
        if not found and params.get("allow_no_indices") == "false":
            reason = f"no such index [{expression}]"
            raise Refusal(404, "index_not_found_exception", reason)
        return [self.indexes[name] for name in found]

    def _names(self) -> dict[str, list[str]]:
        names = {name: [name] for name in self.indexes}
        for index in self.indexes.values():
            for alias in index.aliases:
                names.setdefault(alias, []).append(index.name)
        return names

    def _templates_for(self, name: str) -> list[dict[str, Any]]:
        """Return the templates that an index is made by, the weightiest one last."""
        rank = "priority" if self._major >= _COMPOSABLE else "order"
        found = [
            body
            for body in self.templates.values()
            if any(matches(pattern, name) for pattern in body["index_patterns"])
        ]
        found.sort(key=lambda body: body.get(rank, 0))
        return found[-1:] if self._major >= _COMPOSABLE else found

    def _require_apart(self, name: str, body: Mapping[str, Any]) -> None:
        for other, there in self.templates.items():
            if other == name or there.get("priority", 0) != body.get("priority", 0):
                continue
            for pattern in body["index_patterns"]:
                if any(patterns_overlap(pattern, one) for one in there["index_patterns"]):
                    reason = (
                        f"index template [{name}] has index patterns matching patterns from "
                        f"existing templates [{other}] with the same priority"
                    )
                    raise Refusal(400, "illegal_argument_exception", reason)

    def _mappings(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        mappings: Mapping[str, Any] = body.get("template", body).get("mappings") or {}
        if self._major < _COMPOSABLE:
            mappings = mappings.get("doc", mappings.get("_doc", mappings))
        return mappings
