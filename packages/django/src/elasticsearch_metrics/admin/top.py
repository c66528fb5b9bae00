"""The most frequent values of a field, as a table that leads to the records behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from elasticsearch_metrics.admin.cell import Cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from elasticsearch_metrics.statistics.query import TopValues

__all__ = ("TopRow", "top_rows")

_FULL = 100


@dataclass(frozen=True)
class TopRow:
    """A value, or what has none of its own.

    Attributes:
        cell: the value; its text is safe to show.
        records: number of records that have it.
        share: of all records, in percent.
        share_text: the same for people.
        url: of the page about those records only; empty for none.
        is_value: whether it is one of the field's values.
    """

    cell: Cell
    records: int
    share: float
    share_text: str
    url: str = ""
    is_value: bool = True


def top_rows(top: TopValues, link: Callable[[Any], str]) -> Iterator[TopRow]:
    """Yield the values of a field, then the others, then what has no value.

    Args:
        top: what was found.
        link: gives the address of the page about the records with a value, or without one (None).
    """
    for found in top.values:
        yield _row(Cell.of(found.value), found.records, top, link(found.value))
    if top.others:
        yield _row(Cell(_("others")), top.others, top, is_value=False)
    if top.missing:
        yield _row(Cell(_("without a value")), top.missing, top, link(None), is_value=False)


def _row(
    cell: Cell, records: int, top: TopValues, url: str = "", *, is_value: bool = True
) -> TopRow:
    share = _FULL * records / top.records if top.records else 0.0
    text = number_format(share, 1, use_l10n=True)
    return TopRow(cell, records, round(share, 1), f"{text}\N{NO-BREAK SPACE}%", url, is_value)
