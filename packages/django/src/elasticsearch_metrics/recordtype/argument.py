"""What methods that store records are given, and what they say of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from djelme.operation import Outcome

__all__ = ("checked_id", "checked_index", "identifying_value", "outcome_name")


def outcome_name(outcome: Outcome | None, *, is_new: bool = False) -> str:
    """Return what `BaseRecord.save` says of an outcome.

    Args:
        outcome: what came of the record, None if it will be known later.
        is_new: whether its id was made for this attempt. If it is there already, this attempt has
            stored it by a request whose answer was lost.
    """
    if outcome is None:
        return "accepted"
    return "created" if outcome.created or is_new else "updated"


def identifying_value(value: object) -> object:
    """Return what a property gives in a form that an id can be derived from."""
    return value if isinstance(value, (str, int, float, date, list, tuple)) else str(value)


def checked_id(given: object) -> str:
    """Return a document id as Elasticsearch has it; a whole number is taken for its digits.

    Raises:
        TypeError: if it is anything but a str or a number.
        ValueError: if it is empty.
    """
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    return _checked_text("id", "a document id", given)


def checked_index(index: object) -> str | None:
    """Return the name of an index as it was given.

    Raises:
        TypeError: if it is anything but a name or None.
        ValueError: if it is empty.
    """
    return None if index is None else _checked_text("index", "the name of an index", index)


def _checked_text(argument: str, what: str, given: object) -> str:
    if not isinstance(given, str):
        msg = f"`{argument}` should be {what}, not {given!r:.80}"
        raise TypeError(msg)
    if not given:
        msg = f"`{argument}` should be {what}, not an empty string"
        raise ValueError(msg)
    return given
