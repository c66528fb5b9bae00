"""The form of index templates in which declared and found ones can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from djelme.difference import Difference, differences, flatten

__all__ = ("flatten_template_parts", "override_differences")

#: What an alias may say of routing, and what of it that sets.
_ROUTINGS = {
    "routing": ("index_routing", "search_routing"),
    "index_routing": ("index_routing",),
    "search_routing": ("search_routing",),
}
#: What a mapping may say of all fields that a record type's own must not be overruled in.
_OF_ALL_FIELDS = frozenset({"_routing", "_source", "dynamic", "enabled", "subobjects"})
_FLAGS = frozenset({"is_hidden", "is_write_index"})


def flatten_template_parts(
    *,
    patterns: Any,
    settings: Mapping[str, Any] | None,
    mappings: Mapping[str, Any] | None,
    aliases: Mapping[str, Any] | None,
    legacy: bool = False,
    **others: Any,
) -> dict[str, str]:
    """Return the parts of an index template by dotted path, with values normalised to strings.

    Settings are named without the prefix ``index.``, whether or not it was written; aliases have
    what the server keeps of them.

    Args:
        patterns: the template's.
        settings: the template's.
        mappings: the template's, without the name of a mapping type.
        aliases: the template's.
        legacy: whether it is a legacy index template, whose aliases have no flags.
        **others: what else is compared.
    """
    flat_settings = {
        path.removeprefix("index."): leaf for path, leaf in flatten(settings or {}).items()
    }
    kept_aliases = {name: _alias(alias, legacy=legacy) for name, alias in (aliases or {}).items()}
    return {
        **flatten({"index_patterns": sorted(patterns)}),
        **flatten({"settings": flat_settings, "mappings": mappings or {}}),
        **flatten({"aliases": kept_aliases}),
        **flatten(others),
    }


def _alias(alias: Any, *, legacy: bool) -> Mapping[str, Any] | str:
    """Return what the server keeps of an alias: it drops in silence what it doesn't know."""
    alias = alias if isinstance(alias, Mapping) else {}
    kept: dict[str, Any] = {}
    # The last one that speaks of a routing has it; in legacy templates, the more exact one.
    for name in sorted(alias, key="routing".__ne__) if legacy else alias:
        value = alias[name]
        if name in _ROUTINGS and isinstance(value, str):
            kept |= dict.fromkeys(_ROUTINGS[name], value)
        elif name in _FLAGS and isinstance(value, bool) and not legacy:
            kept[name] = value
    if alias.get("filter"):
        kept["filter"] = alias["filter"]
    # An alias without options is one all the same, not nothing as other empty entries are.
    return kept if flatten(kept) else "{}"


def override_differences(
    own: Mapping[str, Any], made: Mapping[str, Any], *, legacy: bool = False
) -> tuple[Difference, ...]:
    """Return what of a template's own declarations an index would have otherwise.

    Further settings, aliases and fields are no difference: they may come from templates for many
    indexes, and leave what is declared as it is.

    Args:
        own: settings, mappings and aliases of the template, in the server's form.
        made: those of the index.
        legacy: as for `flatten_template_parts`.
    """
    declared = _flat(own, legacy=legacy)
    aliases = made.get("aliases") or {}
    kept = {
        "settings": made.get("settings"),
        "mappings": _of_declared(made.get("mappings") or {}, own.get("mappings") or {}),
        "aliases": {name: aliases[name] for name in own.get("aliases") or {} if name in aliases},
    }
    found = {
        path: leaf
        for path, leaf in _flat(kept, legacy=legacy).items()
        if path in declared or not path.startswith("settings.")
    }
    return differences(declared, found)


def _flat(parts: Mapping[str, Any], *, legacy: bool) -> dict[str, str]:
    return flatten_template_parts(
        patterns=(),
        settings=parts.get("settings"),
        mappings=parts.get("mappings"),
        aliases=parts.get("aliases"),
        legacy=legacy,
    )


def _of_declared(found: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a mapping says of the fields that are declared, and of all fields."""
    fields = declared.get("properties", {})
    kept = {key: value for key, value in found.items() if key in declared or key in _OF_ALL_FIELDS}
    kept["properties"] = {
        name: _of_field(value, fields[name])
        for name, value in found.get("properties", {}).items()
        if name in fields
    }
    if "runtime" not in declared:  # a runtime field hides the field that has its name
        hiding = found.get("runtime", {})
        kept["runtime"] = {name: value for name, value in hiding.items() if name in fields}
    return kept


def _of_field(found: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that a mapping says of a field but fields of its own that aren't declared."""
    return {
        key: (
            {
                name: _of_field(inner, declared[key][name])
                for name, inner in value.items()
                if name in declared.get(key, {})
            }
            if key in {"properties", "fields"}
            else value
        )
        for key, value in found.items()
    }
