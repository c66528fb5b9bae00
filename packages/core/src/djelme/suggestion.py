"""Say which names there are, and which one somebody may have meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("choices", "suggestion")

#: No message is longer for more names than this.
_MOST_SIMILAR = 3
_MOST_LISTED = 20


def suggestion(asked: str, known: Iterable[str]) -> str:
    """Return a question about the names that are like one that doesn't exist; empty if none is.

    >>> suggestion("shop.usge", ["shop.Usage", "blog.Visit"])
    "did you mean 'shop.Usage'?"
    """
    by_lower = {name.lower(): name for name in known}
    similar = difflib.get_close_matches(asked.lower(), by_lower, n=_MOST_SIMILAR)
    if not similar:
        return ""
    return f"did you mean {' or '.join(repr(by_lower[name]) for name in similar)}?"


def choices(asked: str, known: Iterable[str]) -> str:
    """Return which names there are, in brackets, and the `suggestion`: the end of a message.

    >>> choices("blog.Visits", ["shop.Usage", "blog.Visit"])
    "(there are: shop.Usage, blog.Visit); did you mean 'blog.Visit'?"
    """
    names = list(known)
    shown = names[:_MOST_LISTED]
    if len(names) > _MOST_LISTED:
        shown.append(f"{len(names) - _MOST_LISTED} more")
    listed = f"(there are: {', '.join(shown) or 'none'})"
    return "; ".join(filter(None, (listed, suggestion(asked, names))))
