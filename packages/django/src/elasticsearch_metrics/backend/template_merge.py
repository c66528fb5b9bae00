"""Which of several index templates counts, and what they give together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.naming import patterns_overlap

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("matching", "merged")


def matching(listed: Mapping[str, Any], index: str, rank: str) -> list[str]:
    """Return the names of the templates that are for an index, the strongest first."""
    found = [
        name
        for name, about in listed.items()
        if any(patterns_overlap(pattern, index) for pattern in about.get("index_patterns", ()))
    ]
    return sorted(found, key=lambda name: listed[name].get(rank, 0), reverse=True)


def merged(lower: Any, upper: Any) -> Any:
    """Return what two parts of templates give together."""
    if isinstance(lower, dict) and isinstance(upper, dict):
        return {
            **lower,
            **{
                key: merged(lower[key], value) if key in lower else value
                for key, value in upper.items()
            },
        }
    return upper
