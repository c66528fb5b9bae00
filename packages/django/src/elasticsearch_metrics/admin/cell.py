"""Values of records as texts in which nothing steers a page."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import Any

from djelme.timeparts import format_timestamp

__all__ = ("Cell", "is_number", "text_of")

#: Longer values are shortened until somebody opens them, and cut at last.
_SHORT, _LONG = 48, 10_000


@dataclass(frozen=True)
class Cell:
    """A value, as a text in which nothing steers a page.

    Attributes:
        text: the value, or its beginning.
        rest: the whole value if `text` is only its beginning; empty otherwise.
        is_number: whether it is a number.
        local: the same time in the site's time zone, where that isn't UTC; empty for what is no
            record's time.
    """

    text: str
    rest: str = ""
    is_number: bool = False
    local: str = ""

    @classmethod
    def of(cls, value: Any) -> Cell:
        """Return the cell for a value."""
        text = text_of(value)
        if len(text) <= _SHORT:
            return cls(text, "", is_number(value))
        return cls(f"{text[:_SHORT]}…", text if len(text) <= _LONG else f"{text[:_LONG]}…")


def is_number(value: Any) -> bool:
    """Return whether a value is a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def text_of(value: Any) -> str:
    """Return a value as a text in which nothing steers a page."""
    if value is None:
        return ""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, datetime.datetime):
        text = format_timestamp(value)
    elif isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value):
        text = ", ".join(text_of(item) for item in value)
    elif isinstance(value, (dict, list)):
        text = json.dumps(value, ensure_ascii=False, default=text_of)
    else:
        text = str(getattr(value, "value", value))
    # Line breaks are harmless; other controls could turn the direction of writing, for example.
    return "".join(
        character if character.isprintable() or character in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
