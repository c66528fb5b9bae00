"""Numbers as people read them, and as SVG does."""

from __future__ import annotations

from django import template

__all__ = ("grouped", "millions")

register = template.Library()


@register.filter
def grouped(value: int) -> str:
    """Return a number with its thousands grouped.

    >>> grouped(336776)
    '336,776'
    """
    return f"{value:,}"


@register.filter
def millions(value: int) -> str:
    """Return a number in millions.

    >>> millions(350_217_607)
    '350.2'
    """
    return f"{value / 1_000_000:,.1f}"
