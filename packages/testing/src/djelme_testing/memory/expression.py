"""Which indexes a list of names and patterns means."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from djelme_testing.memory.refusal import NotInMemoryError, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("matches", "resolve")

_NOT_FOUND = 404


def resolve(
    expression: str, names: Mapping[str, Sequence[str]], *, lenient: bool = False
) -> list[str]:
    """Return the indexes that an expression means, each once, in the order of their names.

    Args:
        expression: names and patterns, separated by commas; empty for all. After a pattern, those
            with a minus sign before them are taken out again.
        names: names of indexes and aliases, and the indexes that each stands for.
        lenient: whether names of nothing are no error.

    Raises:
        Refusal: for a name of nothing, if that is an error.
    """
    found: dict[str, None] = {}
    after_pattern = False
    for part in expression.split(",") if expression else ["_all"]:
        if part.startswith("<") or ":" in part:
            msg = f"the index expression {part!r}"
            raise NotInMemoryError(msg)
        if part.startswith("-") and after_pattern:
            for name in _matching(part[1:], names):
                found.pop(name, None)
            continue
        if part == "_all" or "*" in part:
            after_pattern = True
            found.update(dict.fromkeys(_matching("*" if part == "_all" else part, names)))
        elif part in names:
            found.update(dict.fromkeys(names[part]))
        elif not lenient:
            raise Refusal(_NOT_FOUND, "index_not_found_exception", f"no such index [{part}]")
    return sorted(found)


def matches(pattern: str, name: str) -> bool:
    """Return whether a pattern, whose only special character is ``*``, means a name."""
    return _compiled(pattern).fullmatch(name) is not None


def _matching(pattern: str, names: Mapping[str, Sequence[str]]) -> list[str]:
    if "*" not in pattern:
        return list(names.get(pattern, ()))
    regex = _compiled(pattern)
    return [index for name, indexes in names.items() if regex.fullmatch(name) for index in indexes]


@lru_cache(maxsize=4_096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
