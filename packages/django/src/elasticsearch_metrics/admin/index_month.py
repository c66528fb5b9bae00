"""The indexes of a record type by the months that they are for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from elasticsearch_metrics.admin.moment import minute_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elasticsearch_metrics.lifecycle.retention import IndexReport

__all__ = ("IndexMonth", "IndexMonths", "IndexRow", "index_months")

#: How many months have their indexes listed; the others have their sums.
_MAX_MONTHS = 60
_MONTH = re.compile(r"_(\d{4})(?:[._-](\d{1,2}))?(?:[._-]\d{1,2})*\.?$")


@dataclass(frozen=True)
class IndexRow:
    """One index.

    Attributes:
        report: what is in it.
        expiry: when it may be deleted; empty for never.
    """

    report: IndexReport
    expiry: str


@dataclass(frozen=True)
class IndexMonth:
    """The indexes of a month, or of a year where there is one a year.

    Attributes:
        name: such as "2026-11"; of the index itself, if its name tells no time.
        indexes: latest first.
    """

    name: str
    indexes: Sequence[IndexRow]

    @property
    def documents(self) -> int:
        """Number of their documents."""
        return sum(row.report.documents for row in self.indexes)

    @property
    def bytes(self) -> int:
        """Their size on disk, in bytes."""
        return sum(row.report.bytes for row in self.indexes)

    @property
    def shards(self) -> int:
        """Number of their primary shards."""
        return sum(row.report.shards for row in self.indexes)

    @property
    def expired(self) -> int:
        """Number of those that have expired."""
        return sum(row.report.is_expired for row in self.indexes)

    @property
    def expiry(self) -> str:
        """When the last one of them may be deleted; empty for never."""
        return self.indexes[0].expiry


@dataclass(frozen=True)
class IndexMonths:
    """All indexes.

    Attributes:
        months: latest first, at most `_MAX_MONTHS`.
        left_out: number of indexes that are in none of them.
        total: all of them, as if they were of one month.
    """

    months: Sequence[IndexMonth]
    left_out: int
    total: IndexMonth


def index_months(indexes: Sequence[IndexReport]) -> IndexMonths | None:
    """Return the indexes of a record type by month; None if there are none.

    Args:
        indexes: oldest first.
    """
    if not indexes:
        return None
    rows = [
        IndexRow(report, minute_text(report.expiry) if report.expiry else "")
        for report in reversed(indexes)
    ]
    months = [
        IndexMonth(name, list(of_month))
        for name, of_month in groupby(rows, lambda row: _month(row.report.name))
    ]
    shown = months[:_MAX_MONTHS]
    left_out = len(rows) - sum(len(month.indexes) for month in shown)
    return IndexMonths(shown, left_out, IndexMonth("", rows))


def _month(name: str) -> str:
    """Return what month an index is for, by its name.

    >>> _month("shop_view_2026.11.23"), _month("shop_view_2026"), _month("shop_view")
    ('2026-11', '2026', 'shop_view')
    """
    found = _MONTH.search(name)
    if found is None:
        return name
    year, month = found.groups()
    return f"{year}-{int(month):02d}" if month else year
