"""Addresses of pages that differ in some of their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.http import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("RANGE_NAMES", "changed", "kept")

#: Parameters that give a range of time.
RANGE_NAMES = ("range", "since", "to", "before")


def kept(query: Mapping[str, str], *names: str) -> dict[str, str]:
    """Return those parameters of an address that have one of some names and a value."""
    return {name: query[name] for name in names if query.get(name)}


def changed(query: Mapping[str, str], **changes: str | None) -> str:
    """Return the query of an address with some parameters in place of what it had.

    Args:
        query: of the address.
        **changes: new values by name; None takes the parameter away.

    >>> changed({"since": "2026", "p": "2"}, p=None, to="2026-11")
    '?since=2026&to=2026-11'
    """
    new = {**{name: query[name] for name in query}, **changes}
    return f"?{urlencode({name: value for name, value in new.items() if value is not None})}"
