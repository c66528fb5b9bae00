"""What methods that store records are given, and what they say of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from djelme.operation import Outcome

__all__ = ("checked_index", "identifying_value", "outcome_name")


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


def checked_index(index: str | None) -> str | None:
    """Return the name of an index as it was given.

    Raises:
        TypeError: if it is anything but a name or None.
        ValueError: if it is empty.
    """
    if index is not None and not isinstance(index, str):
        msg = f"`index` should be the name of an index, not {index!r}"
        raise TypeError(msg)
    if index == "":
        msg = "`index` should be the name of an index, not an empty string"
        raise ValueError(msg)
    return index
