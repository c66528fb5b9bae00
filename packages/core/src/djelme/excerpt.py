"""Shorten texts of others, which may fill pages, for messages and tables."""

from __future__ import annotations

__all__ = ("excerpt",)


def excerpt(text: str, most: int) -> str:
    """Return a text, or its beginning with an ellipsis.

    Args:
        text: the text.
        most: most characters, with the ellipsis.

    >>> excerpt("mapper_parsing_exception", 7), excerpt("closed", 7)
    ('mapper…', 'closed')
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"
