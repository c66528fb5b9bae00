"""The form of index templates in which declared and found ones can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from djelme.difference import flatten

__all__ = ("flatten_template_parts",)

#: What an alias may say of routing, and what of it that sets.
_ROUTINGS = {
    "routing": ("index_routing", "search_routing"),
    "index_routing": ("index_routing",),
    "search_routing": ("search_routing",),
}
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
    kept_aliases = {name: _alias(told, legacy=legacy) for name, told in (aliases or {}).items()}
    return {
        **flatten({"index_patterns": sorted(patterns)}),
        **flatten({"settings": flat_settings, "mappings": mappings or {}}),
        **flatten({"aliases": kept_aliases}),
        **flatten(others),
    }


def _alias(told: Any, *, legacy: bool) -> Mapping[str, Any] | str:
    """Return what the server keeps of an alias: it drops in silence what it doesn't know."""
    told = told if isinstance(told, Mapping) else {}
    kept: dict[str, Any] = {}
    # The last one that speaks of a routing has it; in legacy templates, the more exact one.
    for name in sorted(told, key="routing".__ne__) if legacy else told:
        value = told[name]
        if name in _ROUTINGS and isinstance(value, str):
            kept |= dict.fromkeys(_ROUTINGS[name], value)
        elif name in _FLAGS and isinstance(value, bool) and not legacy:
            kept[name] = value
    if told.get("filter"):
        kept["filter"] = told["filter"]
    # An alias without options is one all the same, not nothing as other empty entries are.
    return kept if flatten(kept) else "{}"
