"""The form of index templates in which declared and found ones can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.difference import flatten

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("flatten_template_parts",)


def flatten_template_parts(
    *,
    patterns: Any,
    settings: Mapping[str, Any] | None,
    mappings: Mapping[str, Any] | None,
    aliases: Mapping[str, Any] | None,
    **others: Any,
) -> dict[str, str]:
    """Return the parts of an index template by dotted path, with values normalised to strings.

    Settings are named without the prefix ``index.``, whether or not it was written.
    """
    flat_settings = {
        path.removeprefix("index."): leaf for path, leaf in flatten(settings or {}).items()
    }
    return {
        **flatten({"index_patterns": sorted(patterns)}),
        **flatten({"settings": flat_settings, "mappings": mappings or {}}),
        # An alias without options is one all the same, not nothing as other empty entries are.
        **flatten({"aliases": {name: told or "{}" for name, told in (aliases or {}).items()}}),
        **flatten(others),
    }
